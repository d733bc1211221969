import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extractAll, extractFile, listPackage } from '@electron/asar'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import packageJson from '../../package.json'
import { dist, run } from './dist'
import { installElectronStub, makeElectronStandIn, makeGuestStandIn, readFuses } from './stand-in'

let folder: string
let app: string
let archive: string
let packed: string[]

describe.runIf(process.platform === 'linux')('the app packed for Linux', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-packaging-'))
    await makeElectronStandIn(join(folder, 'electron'), packageJson.devDependencies.electron)
    await makeGuestStandIn(join(folder, 'guest'))
    await dist(['--linux', 'dir'], {
      BERTH_ELECTRON_DIST: join(folder, 'electron'),
      BERTH_GUEST_IMAGE: join(folder, 'guest'),
      BERTH_DIST_OUTPUT: join(folder, 'out'),
    })
    app = join(folder, 'out', process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked')
    archive = join(app, 'resources/app.asar')
    packed = listPackage(archive, { isPack: false })
  })

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  test('has the main process, the preload script, the page and the pictures', () => {
    for (const file of [
      '/package.json',
      '/LICENSE',
      '/dist/electron/main.js',
      '/dist/preload/preload.cjs',
      '/dist/renderer/index.html',
      '/build-resources/app/window.png',
      '/build-resources/app/tray.png',
      '/build-resources/app/trayTemplate@2x.png',
    ])
      expect(packed).toContain(file)
    expect(packed.filter((file) => /^\/dist\/renderer\/assets\/.+\.js$/.test(file))).not.toEqual([])
  })

  test('has no files of the repository except the bundles, build-resources, LICENSE and package.json', () => {
    const roots = new Set(packed.map((file) => file.split('/')[1]))
    expect([...roots].sort()).toEqual(['LICENSE', 'build-resources', 'dist', 'node_modules', 'package.json'])
    const inDist = new Set(
      packed.filter((file) => file.startsWith('/dist/')).map((file) => file.split('/')[2]),
    )
    expect([...inDist].sort()).toEqual(['electron', 'preload', 'renderer'])
    expect(packed.filter((file) => /\.(?:map|ts|vue|pdb|test\.js)$/.test(file))).toEqual([])
  })

  test.each(Object.keys(packageJson.dependencies))('has the dependency %s', (name) => {
    expect(packed).toContain(`/node_modules/${name}/package.json`)
  })

  test.each(Object.keys(packageJson.devDependencies))('does not have the development tool %s', (name) => {
    expect(packed).not.toContain(`/node_modules/${name}`)
  })

  test('starts at the bundled main process', () => {
    const packedJson: unknown = JSON.parse(extractFile(archive, 'package.json').toString())
    expect(packedJson).toMatchObject({ name: 'berth', main: 'dist/electron/main.js', type: 'module' })
  })

  test('has native code outside the archive, and only for this computer’s system and processor', async () => {
    const natives = packed.filter((file) => file.endsWith('.node'))
    expect(natives.sort()).toEqual([
      `/node_modules/koffi/build/koffi/linux_${process.arch}/koffi.node`,
      '/node_modules/node-pty/build/Release/pty.node',
    ])
    for (const native of natives)
      expect((await stat(join(app, 'resources/app.asar.unpacked', native))).size).toBeGreaterThan(10_000)
    expect(packed.filter((file) => file.startsWith('/node_modules/node-pty/prebuilds'))).toEqual([])
  })

  describe('with an unpacked archive', () => {
    let extracted: string

    beforeAll(async () => {
      extracted = join(folder, 'extracted')
      extractAll(archive, extracted)
      await installElectronStub(join(extracted, 'node_modules/electron'))
    })

    test('runs its main process, with all imports, until the main process quits as a second instance', async () => {
      const { stdout } = await run(process.execPath, ['dist/electron/main.js'], {
        cwd: extracted,
        env: { ...process.env, BERTH_HOME: join(folder, 'home'), DOCKER_CONFIG: join(folder, 'docker') },
      })
      expect(stdout).toBe('registerSchemesAsPrivileged\nquit\n')
    })

    test.each([...Object.keys(packageJson.dependencies), 'ssh2/lib/protocol/crypto/poly1305.js'])(
      'can load %s',
      async (name) => {
        const load = `await import(${JSON.stringify(name)})`
        await run(process.execPath, ['--input-type=module', '--eval', load], { cwd: extracted })
      },
    )

    test('has a preload script that requires only electron, because it runs in a sandbox', async () => {
      const preload = join(extracted, 'dist/preload/preload.cjs')
      await run(process.execPath, ['--check', preload])
      const required = [...(await readFile(preload, 'utf8')).matchAll(/require\("([^"]+)"\)/g)]
      expect(required.map((match) => match[1])).toEqual(['electron'])
    })
  })

  test('has an executable file with the name berth', async () => {
    expect((await stat(join(app, 'berth'))).mode & 0o111).toBe(0o111)
  })

  test('has fuses that block Node mode, NODE_OPTIONS, the inspector, file access and a changed archive', async () => {
    // RunAsNode, CookieEncryption, NodeOptions, NodeCliInspect, AsarIntegrity, OnlyLoadAppFromAsar,
    // LoadBrowserProcessSpecificV8Snapshot (unchanged), GrantFileProtocolExtraPrivileges
    expect(readFuses(await readFile(join(app, 'berth'), 'latin1'))).toBe('01001110')
  })

  test('has the guest image beside the archive', async () => {
    for (const name of ['vmlinuz', 'initrd.img', 'root.img', 'manifest.json'])
      expect(await readFile(join(app, 'resources/guest', name), 'utf8')).toBe(`${name}\n`)
  })

  test('keeps the licences of Electron and Chromium', async () => {
    expect(await readFile(join(app, 'LICENSE.electron.txt'), 'utf8')).toBe('the licence of Electron\n')
    expect(await readFile(join(app, 'LICENSES.chromium.html'), 'utf8')).toBe('the licences of Chromium\n')
  })
})

describe.runIf(process.platform === 'linux')('npm run dist fails with a reason', () => {
  test('when the named guest image does not exist', async () => {
    await expect(dist(['--linux', 'dir'], { BERTH_GUEST_IMAGE: '/nowhere/guest' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'BERTH_GUEST_IMAGE: there is no guest image in /nowhere/guest.',
      ) as string,
    })
  })

  test('when the named Electron distribution does not exist', async () => {
    const guest = await mkdtemp(join(tmpdir(), 'berth-guest-'))
    await makeGuestStandIn(guest)
    const env = { BERTH_GUEST_IMAGE: guest, BERTH_ELECTRON_DIST: '/nowhere/electron' }
    await expect(dist(['--linux', 'dir'], env)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('BERTH_ELECTRON_DIST: there is no /nowhere/electron.') as string,
    })
    await rm(guest, { recursive: true })
  })

  test('when Electron cannot be downloaded', async () => {
    const work = await mkdtemp(join(tmpdir(), 'berth-download-'))
    await makeGuestStandIn(join(work, 'guest'))
    const env = {
      BERTH_GUEST_IMAGE: join(work, 'guest'),
      BERTH_DIST_OUTPUT: join(work, 'out'),
      electron_config_cache: join(work, 'cache'),
    }
    await expect(dist(['--linux', 'dir'], env)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('could not be downloaded') as string,
    })
    await rm(work, { recursive: true })
  })
})
