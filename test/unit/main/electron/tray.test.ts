import { beforeEach, expect, test, vi } from 'vitest'
import { createTray, type TrayMachine } from '../../../../src/main/electron/tray'
import { catalogues, languageOf } from '../../../../src/shared/i18n'
import type { MachinePhase } from '../../../../src/shared/machine'
import { app, resetElectron, Tray } from '../../../support/electron-double'

vi.mock('electron', () => import('../../../support/electron-double'))

beforeEach(resetElectron)

/** The part of a machine that the tray uses. */
class FakeMachine implements TrayMachine {
  phase: MachinePhase = 'stopped'
  start = vi.fn()
  stop = vi.fn()
  #listener: (() => void) | undefined

  onChange(listener: () => void): void {
    this.#listener = listener
  }
  enter(phase: MachinePhase): void {
    this.phase = phase
    this.#listener?.()
  }
}

function create(platform: NodeJS.Platform, locale = 'en') {
  const showMainWindow = vi.fn()
  const machine = new FakeMachine()
  createTray({
    texts: catalogues[languageOf(locale)].menus,
    icons: '/icons',
    platform,
    machine,
    showMainWindow,
  })
  const [tray] = Tray.all
  if (tray === undefined) throw new Error('no tray')
  return { tray, machine, showMainWindow }
}

function choose(tray: Tray, label: string): void {
  const click: unknown = tray.menu.find((item) => item.label === label)?.click
  if (typeof click !== 'function') throw new Error(`no item ${label}`)
  Reflect.apply(click, undefined, [])
}

test('the tray’s menu opens the window and quits the app', () => {
  const { tray, showMainWindow } = create('linux')
  choose(tray, 'Open Berth')
  expect(showMainWindow).toHaveBeenCalledOnce()
  choose(tray, 'Quit Berth')
  expect(app.ended).toBe(true)
  expect(tray.destroyed).toBe(true)
})

test.each(['linux', 'win32'] as const)('on %s, a click on the tray icon opens the window', (platform) => {
  const { tray, showMainWindow } = create(platform)
  tray.emit('click')
  expect(showMainWindow).toHaveBeenCalledOnce()
  expect(tray.image).toBe('/icons/tray.png')
})

test('on macOS, a click on the tray icon opens only the menu, and the icon is a template image', () => {
  const { tray, showMainWindow } = create('darwin')
  tray.emit('click')
  expect(showMainWindow).not.toHaveBeenCalled()
  expect(tray.image).toBe('/icons/trayTemplate.png')
})

test('the tray shows the phase of the machine, and offers to start or stop the machine', () => {
  const { tray, machine } = create('linux')
  const offered = () => tray.menu.filter(({ label, enabled }) => label !== undefined && enabled !== false)
  expect(tray.toolTip).toBe('Berth: Machine stopped')
  expect(tray.menu[0]).toMatchObject({ label: 'Machine stopped', enabled: false })
  choose(tray, 'Start Machine')
  expect(machine.start).toHaveBeenCalledOnce()
  for (const phase of ['booting', 'running', 'paused'] as const) {
    machine.enter(phase)
    expect(offered().map(({ label }) => label)).toEqual(['Open Berth', 'Stop Machine', 'Quit Berth'])
  }
  choose(tray, 'Stop Machine')
  expect(machine.stop).toHaveBeenCalledOnce()
  for (const phase of ['stopping', 'suspending'] as const) {
    machine.enter(phase)
    expect(offered().map(({ label }) => label)).toEqual(['Open Berth', 'Quit Berth'])
  }
  machine.enter('failed')
  expect(tray.toolTip).toBe('Berth: Machine failed')
  expect(offered().map(({ label }) => label)).toContain('Start Machine')
})

test('the tray keeps its menu while the phase of the machine stays the same', () => {
  const { tray, machine } = create('linux', 'ko-KR')
  machine.enter('running')
  const { menu } = tray
  machine.enter('running')
  expect(tray.menu).toBe(menu)
  expect(menu[0]?.label).toBe('머신 실행 중')
})
