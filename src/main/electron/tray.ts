import { join } from 'node:path'
import { app, Menu, Tray, type MenuItemConstructorOptions } from 'electron'
import type { MachinePhase } from '../../shared/machine'
import type { MenuTexts } from '../../shared/i18n'

/** What the tray shows of the machine, and does with it. */
export interface TrayMachine {
  readonly phase: MachinePhase
  onChange(listener: () => void): void
  /** Failures are the machine's to show. */
  start(): void
  stop(): void
}

export interface TrayOptions {
  texts: MenuTexts
  icons: string
  platform: NodeJS.Platform
  machine: TrayMachine
  showMainWindow: () => void
}

/** Puts the tray icon in place, which tells the machine's phase, starts and stops it, opens the window and quits. */
export function createTray(options: TrayOptions): void {
  const { texts, icons, platform, machine, showMainWindow } = options
  // macOS recolours pictures whose name ends in Template to suit its menu bar.
  const tray = new Tray(join(icons, platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'))
  let shown: MachinePhase | undefined
  // Linux shows a change only of a menu that is set anew; one that is open closes then, so only when there is one.
  const show = (): void => {
    const { phase } = machine
    if (phase === shown) return
    shown = phase
    tray.setToolTip(`Berth: ${texts.machine[phase]}`)
    tray.setContextMenu(Menu.buildFromTemplate(menuOf(phase, options)))
  }
  show()
  machine.onChange(show)
  // A click opens the menu on macOS.
  if (platform !== 'darwin') tray.on('click', showMainWindow)
  // A tray goes from the screen when it is collected as garbage: this holds on to it until the end.
  app.once('quit', () => {
    tray.destroy()
  })
}

function menuOf(
  phase: MachinePhase,
  { texts, machine, showMainWindow }: TrayOptions,
): MenuItemConstructorOptions[] {
  return [
    { label: texts.machine[phase], enabled: false },
    { type: 'separator' },
    { label: texts.open, click: showMainWindow },
    startOrStop(phase, texts, machine),
    { type: 'separator' },
    {
      label: texts.quit,
      click: () => {
        app.quit()
      },
    },
  ]
}

function startOrStop(
  phase: MachinePhase,
  texts: MenuTexts,
  machine: TrayMachine,
): MenuItemConstructorOptions {
  if (phase === 'stopped' || phase === 'failed') {
    return {
      label: texts.start,
      click: () => {
        machine.start()
      },
    }
  }
  return {
    label: texts.stop,
    enabled: phase !== 'stopping' && phase !== 'suspending',
    click: () => {
      machine.stop()
    },
  }
}
