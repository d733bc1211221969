import { join } from 'node:path'
import { BrowserWindow, nativeTheme, type BrowserWindowConstructorOptions } from 'electron'
import { appUrl } from './origin'

export interface WindowFiles {
  /** The bundled preload script. */
  preload: string
  /** The folder with the window's and the tray's pictures. */
  icons: string
}

/** What every window of ours has in common: the security settings above all. */
function commonOptions({ preload, icons }: WindowFiles): BrowserWindowConstructorOptions {
  return {
    title: 'Berth',
    icon: join(icons, 'window.png'),
    // Shown until the page has drawn; the two colours are the page's own.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#18181b' : '#ffffff',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  }
}

export function shellWindowOptions(files: WindowFiles): BrowserWindowConstructorOptions {
  return { ...commonOptions(files), width: 900, height: 600, minWidth: 360, minHeight: 240 }
}

/** The one main window: made when first shown, and again after it was closed. */
export class MainWindow {
  private window: BrowserWindow | undefined

  constructor(
    private readonly files: WindowFiles,
    private readonly hideOnClose: () => boolean,
  ) {}

  /** Brings the window to the front, whatever state it is in. */
  show(): void {
    this.window ??= this.create()
    if (this.window.isMinimized()) this.window.restore()
    this.window.show()
    this.window.focus()
  }

  private create(): BrowserWindow {
    const window = new BrowserWindow({
      ...commonOptions(this.files),
      name: 'main',
      windowStatePersistence: true,
      width: 1200,
      height: 800,
      minWidth: 880,
      minHeight: 560,
    })
    window.on('close', (event) => {
      if (!this.hideOnClose()) return
      event.preventDefault()
      window.hide()
    })
    window.on('closed', () => {
      this.window = undefined
    })
    // A failed load is shown by the page itself, and a load that the user's reload cuts short is no failure.
    void window.loadURL(`${appUrl}/`).catch(() => undefined)
    return window
  }
}
