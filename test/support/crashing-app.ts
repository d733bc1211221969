import { Engine } from '../../src/main/engine/engine'
import { acquireAppLock } from '../../src/main/host/app-lock'
import { createLog } from '../../src/main/host/log'
import { berthPaths } from '../../src/main/host/paths'
import { Machine } from '../../src/main/machine/machine'

/** An app of its own process that starts a machine, says so, and then waits to be killed. */
const paths = berthPaths(process.env, process.platform)
await acquireAppLock(paths)
const machine = new Machine({
  paths,
  log: createLog(paths.logs),
  settings: () => ({ cpus: 2, memoryMiB: 2048, diskGiB: 16 }),
  waitForEngine: (link, signal) => new Engine({ link }).waitUntilReady(signal),
})
await machine.start()
const { code } = await machine.link.exec('echo kept > /var/lib/docker/kept && sync')
process.stdout.write(code === 0 ? 'running\n' : 'failed\n')
