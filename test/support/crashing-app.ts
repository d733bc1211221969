import { Engine } from '../../src/main/engine/engine'
import { acquireAppLock } from '../../src/main/host/app-lock'
import { createLog } from '../../src/main/host/log'
import { berthPaths } from '../../src/main/host/berth-files'
import { Machine } from '../../src/main/machine/machine'
import { SshLink } from '../../src/main/ssh/ssh-link'

/**
 * An app in its own process. It starts its machine and writes the file `kept` to the data disk. The app's argument can
 * request that the app then stops or suspends the machine. The app prints each phase of the machine, so that a test can
 * kill the app in that phase. It prints `running` only after it has written the file.
 */
const wanted = process.argv[2] ?? 'running'
const paths = berthPaths(process.env, process.platform)
await acquireAppLock(paths)
const log = createLog(paths.logs)
const link = new SshLink({ log })
const engine = new Engine({ link })
const machine = new Machine({
  paths,
  log,
  link,
  settings: () => ({ cpus: 2, memoryMiB: 2048, diskGiB: 16 }),
  waitForEngine: (signal) => engine.waitUntilReady(signal),
})
machine.on('state', ({ phase }) => {
  if (phase !== 'running') process.stdout.write(`${phase}\n`)
})
await machine.start()
const { code } = await machine.link.exec('echo kept > /var/lib/docker/kept && sync')
if (wanted === 'stopping') await machine.stop()
else if (wanted === 'suspending' || wanted === 'stopped') await machine.suspend()
process.stdout.write(code === 0 ? 'running\n' : 'failed\n')
