/**
 * `npm start`: prepares everything and starts the app. With `--headless` or without Electron, the app runs in a
 * browser.
 *
 * This process runs until the app ends, and then exits with the app's exit code. To need little memory, it loads only
 * Node's own modules. The build needs hundreds of megabytes, so it runs in another process, which ends before the app
 * starts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, repository, run } from './lib/step.mjs'
import { setUp } from './setup.mjs'

/** Returns the path of the Electron program. Returns undefined if the electron package has not downloaded it. */
function electronBinary() {
  const folder = join(repository, 'node_modules', 'electron')
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const binary = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim())
  return existsSync(binary) ? binary : undefined
}

async function findElectron() {
  const binary = electronBinary()
  if (binary !== undefined) return binary
  const hasScreen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  if (!hasScreen) return undefined
  await run(process.execPath, [join(repository, 'node_modules', 'electron', 'install.js')])
  return electronBinary()
}

const headlessWanted = process.argv.includes('--headless')
await setUp({ tests: false })
if (process.platform === 'linux') await must(process.execPath, ['scripts/vm-build.mjs'])
await must(process.execPath, ['scripts/build.mjs'])

// DNS lookups for the machine's containers use up to half of libuv's threads (src/main/network/lookup-queue.ts). Node
// fixes the number of threads before the first line of an ES module runs. So only the environment of a new process can
// set the number.
process.env.UV_THREADPOOL_SIZE ??= '32'

// Ctrl-C also reaches Berth, which then stops the machine. This process waits until Berth has ended.
process.on('SIGINT', () => undefined)
const electron = headlessWanted ? undefined : await findElectron()
if (electron !== undefined) await must(electron, ['.'])
else {
  if (!headlessWanted)
    process.stdout.write('There is no Electron binary here: Berth opens in your browser instead.\n')
  await must(process.execPath, [
    '--enable-source-maps',
    'dist/headless/main.js',
    ...(headlessWanted ? [] : ['--open']),
  ])
}
