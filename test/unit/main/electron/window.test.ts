import { beforeEach, describe, expect, test, vi } from 'vitest'
import { MainWindow, shellWindowOptions } from '../../../../src/main/electron/window'
import { BrowserWindow, nativeTheme, resetElectron } from '../../../support/electron-double'

vi.mock('electron', () => import('../../../support/electron-double'))

const files = { preload: '/app/dist/preload/preload.cjs', icons: '/app/icons' }
let hide: boolean
let mainWindow: MainWindow

beforeEach(() => {
  resetElectron()
  hide = false
  mainWindow = new MainWindow({ files, hideOnClose: () => hide })
})

function only(): BrowserWindow {
  expect(BrowserWindow.all).toHaveLength(1)
  const [window] = BrowserWindow.all
  if (window === undefined) throw new Error('no window')
  return window
}

test('the main window shows the page immediately', () => {
  mainWindow.show()
  expect(only()).toMatchObject({ url: 'app://berth/', shown: true, focused: true })
  expect(only().options).toMatchObject({ title: 'Berth', minWidth: 880, minHeight: 560 })
})

test.each([
  ['main', () => (mainWindow.show(), only().options)],
  ['shell', () => shellWindowOptions(files)],
])('the %s window is sandboxed, isolated and without Node', (_name, options) => {
  expect(options().webPreferences).toMatchObject({
    preload: files.preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    nodeIntegrationInWorker: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
  })
})

test('an empty window has the colour of the theme', () => {
  const light = shellWindowOptions(files).backgroundColor
  nativeTheme.shouldUseDarkColors = true
  expect(shellWindowOptions(files).backgroundColor).not.toBe(light)
})

test('showing the main window again restores the same window', () => {
  mainWindow.show()
  Object.assign(only(), { minimized: true, focused: false })
  mainWindow.show()
  expect(only()).toMatchObject({ minimized: false, shown: true, focused: true })
})

describe('closing the main window', () => {
  test('hides the window if hideOnClose returns true', () => {
    hide = true
    mainWindow.show()
    only().close()
    expect(only().shown).toBe(false)
    mainWindow.show()
    expect(only().shown).toBe(true)
  })

  test('closes the window if hideOnClose returns false, and the next show creates another window', () => {
    mainWindow.show()
    only().close()
    mainWindow.show()
    expect(BrowserWindow.all.map(({ shown }) => shown)).toEqual([false, true])
  })
})
