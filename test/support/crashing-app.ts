import { Engine } from '../../src/main/engine/engine'
import { acquireAppLock } from '../../src/main/host/app-lock'
import { createLog } from '../../src/main/host/log'
import { berthPaths } from '../../src/main/host/paths'
import { Machine } from '../../src/main/machine/machine'

/**
 * An app of its own process that brings its machine into the phase it is told, `running` by default, says each
 * phase, and is to be killed then.
 */
const wanted = process.argv[2] ?? 'running'
const paths = berthPaths(process.env, process.platform)
await acquireAppLock(paths)
const machine = new Machine({
  paths,
  log: createLog(paths.logs),
  settings: () => ({ cpus: 2, memoryMiB: 2048, diskGiB: 16 }),
  waitForEngine: (link, signal) => new Engine({ link }).waitUntilReady(signal),
})
machine.on('state', ({ phase }) => {
  if (phase !== 'running') process.stdout.write(`${phase}\n`)
})
await machine.start()
const { code } = await machine.link.exec('echo kept > /var/lib/docker/kept && sync')
if (wanted === 'stopping') await machine.stop()
else if (wanted === 'suspending') await machine.suspend()
else if (wanted === 'resuming') {
  await machine.suspend()
  await machine.start()
}
process.stdout.write(code === 0 ? 'running\n' : 'failed\n')
