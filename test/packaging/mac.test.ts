import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dist } from './dist'
import { makeGuestStandIn, makeMacElectronStandIn, readFuses } from './stand-in'

describe.runIf(process.platform !== 'win32')('the app packed for macOS on Apple silicon', () => {
  let folder: string
  let contents: string
  let nodePty: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-packaging-mac-'))
    await makeMacElectronStandIn(join(folder, 'electron'))
    await makeGuestStandIn(join(folder, 'guest'))
    await dist(['--mac', 'dir', '--arm64'], {
      BERTH_ELECTRON_DIST: join(folder, 'electron'),
      BERTH_GUEST_IMAGE: join(folder, 'guest'),
      BERTH_DIST_OUTPUT: join(folder, 'out'),
      CSC_IDENTITY_AUTO_DISCOVERY: 'false',
    })
    contents = join(folder, 'out/mac-arm64/Berth.app/Contents')
    nodePty = join(contents, 'Resources/app.asar.unpacked/node_modules/node-pty')
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  test('has the prebuilt files of node-pty for this target only', async () => {
    expect(await readdir(join(nodePty, 'prebuilds'))).toEqual(['darwin-arm64'])
    expect((await readdir(nodePty)).sort()).toEqual(['LICENSE', 'lib', 'package.json', 'prebuilds'])
  })

  test('has an executable spawn-helper, because no shell starts without it', async () => {
    expect((await stat(join(nodePty, 'prebuilds/darwin-arm64/spawn-helper'))).mode & 0o777).toBe(0o755)
  })

  test('has the guest image, the icon and the fuses', async () => {
    expect(await readdir(join(contents, 'Resources/guest'))).toContain('manifest.json')
    expect((await readFile(join(contents, 'Resources/icon.icns'))).subarray(0, 4).toString()).toBe('icns')
    const framework = join(contents, 'Frameworks/Electron Framework.framework/Electron Framework')
    expect(readFuses(await readFile(framework, 'latin1'))).toBe('01001110')
  })

  test('names its identifier and the oldest macOS version that its Electron supports', async () => {
    const info = await readFile(join(contents, 'Info.plist'), 'utf8')
    expect(info).toMatch(/<key>CFBundleIdentifier<\/key>\s*<string>app\.berth\.Berth<\/string>/)
    expect(info).toMatch(/<key>LSMinimumSystemVersion<\/key>\s*<string>13\.0<\/string>/)
  })
})
