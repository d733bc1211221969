import { beforeEach, expect, test, vi } from 'vitest'
import { createTray } from '../../../../src/main/electron/tray'
import { hostTexts } from '../../../../src/main/electron/texts'
import { app, resetElectron, Tray } from '../../../support/electron-double'

vi.mock('electron', () => import('../../../support/electron-double'))

beforeEach(resetElectron)

function create(platform: NodeJS.Platform) {
  const showMainWindow = vi.fn()
  createTray({ texts: hostTexts('en'), icons: '/icons', platform, showMainWindow })
  const [tray] = Tray.all
  if (tray === undefined) throw new Error('no tray')
  return { tray, showMainWindow }
}

function choose(tray: Tray, label: string): void {
  const click: unknown = tray.menu.find((item) => item.label === label)?.click
  if (typeof click !== 'function') throw new Error(`no item ${label}`)
  Reflect.apply(click, undefined, [])
}

test('its menu opens the window, and quits', () => {
  const { tray, showMainWindow } = create('linux')
  choose(tray, 'Open Berth')
  expect(showMainWindow).toHaveBeenCalledOnce()
  choose(tray, 'Quit Berth')
  expect(app.ended).toBe(true)
  expect(tray.destroyed).toBe(true)
})

test.each(['linux', 'win32'] as const)('a click opens the window on %s', (platform) => {
  const { tray, showMainWindow } = create(platform)
  tray.emit('click')
  expect(showMainWindow).toHaveBeenCalledOnce()
  expect(tray.image).toBe('/icons/tray.png')
})

test('a click is left to the menu on macOS, which recolours the picture', () => {
  const { tray, showMainWindow } = create('darwin')
  tray.emit('click')
  expect(showMainWindow).not.toHaveBeenCalled()
  expect(tray.image).toBe('/icons/trayTemplate.png')
})
