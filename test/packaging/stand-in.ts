import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { imageFile } from '../../src/main/lib'

/** Marks the fuses in Electron's program: https://www.electronjs.org/docs/latest/tutorial/fuses */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const fuseCount = 8
const fuses = `${fuseSentinel}\x01${String.fromCharCode(fuseCount)}${'1'.repeat(fuseCount)}`

/** Makes a folder with the layout of Electron's distribution for Linux. Its program ends immediately. */
export async function makeElectronStandIn(folder: string, version: string): Promise<void> {
  await mkdir(join(folder, 'resources'), { recursive: true })
  await mkdir(join(folder, 'locales'))
  await Promise.all([
    writeFile(join(folder, 'electron'), `#!/bin/sh\nexit 0\n# ${fuses}`, { mode: 0o755 }),
    writeFile(join(folder, 'version'), version),
    writeFile(join(folder, 'LICENSE'), 'the licence of Electron\n'),
    writeFile(join(folder, 'LICENSES.chromium.html'), 'the licences of Chromium\n'),
    writeFile(join(folder, 'locales', 'en-US.pak'), ''),
  ])
}

/** The same for macOS: the app, its helpers and its framework, with only what packing needs. */
export async function makeMacElectronStandIn(folder: string): Promise<void> {
  const contents = join(folder, 'Electron.app/Contents')
  const frameworks = join(contents, 'Frameworks')
  await makeBundle(contents, 'Electron')
  for (const kind of ['', ' (GPU)', ' (Plugin)', ' (Renderer)'])
    await makeBundle(join(frameworks, `Electron Helper${kind}.app/Contents`), `Electron Helper${kind}`)
  const framework = join(frameworks, 'Electron Framework.framework')
  await mkdir(join(framework, 'Resources'), { recursive: true })
  await writeFile(join(framework, 'Electron Framework'), fuses)
}

async function makeBundle(contents: string, name: string): Promise<void> {
  await mkdir(join(contents, 'MacOS'), { recursive: true })
  await mkdir(join(contents, 'Resources'))
  await writeFile(join(contents, 'MacOS', name), '', { mode: 0o755 })
  await writeFile(
    join(contents, 'Info.plist'),
    `<plist version="1.0"><dict><key>CFBundleExecutable</key><string>${name}</string></dict></plist>`,
  )
}

/** The state of each fuse in Electron's order: `0` is off, `1` is on. */
export function readFuses(program: string): string {
  const [, wire] = program.split(fuseSentinel)
  return wire?.slice(2) ?? ''
}

/** Makes a folder whose files have the names of a guest image's files. */
export async function makeGuestStandIn(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of Object.values(imageFile)) await writeFile(join(folder, name), `${name}\n`)
}

/** Installs an `electron` package for plain Node. It reports that another instance has the lock, and prints calls. */
export async function installElectronStub(folder: string): Promise<void> {
  const unused = [
    'BrowserWindow',
    'Menu',
    'MessageChannelMain',
    'Tray',
    'dialog',
    'ipcMain',
    'nativeTheme',
    'powerMonitor',
  ]
  const source = `
    const say = (word) => () => console.log(word)
    exports.app = {
      isPackaged: false,
      setPath() {},
      setAppUserModelId() {},
      requestSingleInstanceLock: () => false,
      quit: say('quit'),
    }
    exports.protocol = { registerSchemesAsPrivileged: say('registerSchemesAsPrivileged') }
    ${[...unused, 'session', 'shell'].map((name) => `exports.${name} = {}`).join('\n')}
  `
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'electron', main: 'index.js' }))
  await writeFile(join(folder, 'index.js'), source)
}
