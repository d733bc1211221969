import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { DesktopOptions } from '../../../../src/main/electron/desktop'
import { app, dialog, protocol, resetElectron } from '../../../support/electron-double'

const show = vi.fn()
const startDesktop = vi.fn<(options: DesktopOptions) => Promise<{ show: () => void }>>()

vi.mock('electron', () => import('../../../support/electron-double'))
vi.mock('../../../../src/main/electron/desktop', () => ({
  startDesktop: (options: DesktopOptions) => startDesktop(options),
}))

let home: string
const rejectionListeners = process.listeners('unhandledRejection')

// Loads the double once. Modules that are loaded again after `vi.resetModules` still get this double.
beforeAll(() => import('electron'))

beforeEach(async () => {
  resetElectron()
  vi.resetAllMocks()
  startDesktop.mockResolvedValue({ show })
  home = await mkdtemp(join(tmpdir(), 'berth-main-'))
  vi.stubEnv('BERTH_HOME', home)
  // As in a new process, the entry point and its imports are loaded again.
  vi.resetModules()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const listener of process.listeners('unhandledRejection'))
    if (!rejectionListeners.includes(listener)) process.off('unhandledRejection', listener)
  await rm(home, { recursive: true })
})

/** Runs the entry point as Electron does. When this returns, all calls that must come before `ready` were made. */
async function run(): Promise<void> {
  await import('../../../../src/main/electron/main')
}

test('before `ready`, the app claims its folder and registers its scheme', async () => {
  await run()
  expect(app.folders).toEqual({ userData: join(home, 'window') })
  expect(protocol.schemes.map(({ scheme }) => scheme)).toEqual(['app'])
})

test('the first instance starts the desktop app, and shows the app when a second instance is started', async () => {
  await run()
  await vi.waitFor(() => {
    expect(startDesktop).toHaveBeenCalledOnce()
  })
  const [options] = startDesktop.mock.calls[0] ?? []
  expect(options?.paths.home).toBe(home)
  expect(options?.files.renderer).toMatch(/renderer$/)
  expect(options?.files.preload).toMatch(/preload.preload\.cjs$/)
  expect(options?.paths.resources).toBeUndefined()
  await startDesktop.mock.results[0]?.value
  app.emit('second-instance')
  expect(show).toHaveBeenCalledOnce()
})

test('a second instance starts nothing and leaves no log', async () => {
  app.otherInstance = true
  await run()
  expect(app.ended).toBe(true)
  expect(startDesktop).not.toHaveBeenCalled()
  expect(existsSync(join(home, 'logs'))).toBe(false)
})

test('a packaged app looks for the guest image in its resources', async () => {
  app.isPackaged = true
  Object.assign(process, { resourcesPath: '/opt/Berth/resources' })
  await run()
  Reflect.deleteProperty(process, 'resourcesPath')
  await vi.waitFor(() => {
    expect(startDesktop).toHaveBeenCalledOnce()
  })
  expect(startDesktop.mock.calls[0]?.[0].paths.resources).toBe('/opt/Berth/resources')
})

test('if the start fails, a dialog shows the error and the app ends with code 1', async () => {
  const { BerthError } = await import('../../../../src/shared/errors')
  startDesktop.mockRejectedValue(new BerthError('host.already-running', { pid: 4711, folder: home }))
  await run()
  await vi.waitFor(() => {
    expect(app.exitCode).toBe(1)
  })
  expect(dialog.errors[0]?.title).toContain('4711')
})

test('if the home folder cannot be created, a dialog shows the error', async () => {
  const file = join(home, 'file')
  await writeFile(file, '')
  vi.stubEnv('BERTH_HOME', join(file, 'berth'))
  await run()
  await vi.waitFor(() => {
    expect(app.exitCode).toBe(1)
  })
  expect(dialog.errors[0]?.title).toContain(join(file, 'berth'))
  expect(startDesktop).not.toHaveBeenCalled()
})
