import { join } from 'node:path'
import { app, Menu, Tray, type MenuItemConstructorOptions } from 'electron'
import type { MachinePhase } from '../../shared/machine'
import type { MenuTexts } from '../../shared/i18n'

/** The part of the machine that the tray uses. */
export interface TrayMachine {
  readonly phase: MachinePhase
  onChange(listener: () => void): void
  /** Starts the machine. Does not report failures, because the machine state shows them. */
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

/**
 * Creates the tray icon. Its menu shows the machine's phase. The menu can start or stop the machine, open the window
 * and quit the app.
 */
export function createTray(options: TrayOptions): void {
  const { texts, icons, platform, machine, showMainWindow } = options
  // macOS recolours images whose name ends in Template to suit its menu bar.
  const tray = new Tray(join(icons, platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'))
  let shown: MachinePhase | undefined
  // On Linux, a change is visible only after the menu is set again. That closes an open menu, so the menu is set only
  // for a new phase.
  const show = (): void => {
    const { phase } = machine
    if (phase === shown) return
    shown = phase
    tray.setToolTip(`Berth: ${texts.machine[phase]}`)
    tray.setContextMenu(Menu.buildFromTemplate(menuOf(phase, options)))
  }
  show()
  machine.onChange(show)
  // On macOS a click opens the menu.
  if (platform !== 'darwin') tray.on('click', showMainWindow)
  // The icon disappears when its object is garbage-collected. This listener keeps a reference until the app quits.
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
