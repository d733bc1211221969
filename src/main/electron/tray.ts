import { join } from 'node:path'
import { app, Menu, Tray } from 'electron'
import type { HostTexts } from './texts'

export interface TrayOptions {
  texts: HostTexts
  icons: string
  platform: NodeJS.Platform
  showMainWindow: () => void
}

/** Puts the tray icon in place, which opens the window and quits. */
export function createTray({ texts, icons, platform, showMainWindow }: TrayOptions): void {
  // macOS recolours pictures whose name ends in Template to suit its menu bar.
  const tray = new Tray(join(icons, platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'))
  tray.setToolTip('Berth')
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: texts.open, click: showMainWindow },
      { type: 'separator' },
      {
        label: texts.quit,
        click: () => {
          app.quit()
        },
      },
    ]),
  )
  // A click opens the menu on macOS.
  if (platform !== 'darwin') tray.on('click', showMainWindow)
  // A tray goes from the screen when it is collected as garbage: this holds on to it until the end.
  app.once('quit', () => {
    tray.destroy()
  })
}
