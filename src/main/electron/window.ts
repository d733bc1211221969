import { join } from 'node:path'
import { BrowserWindow, nativeTheme, type BrowserWindowConstructorOptions } from 'electron'
import { appUrl } from './protocol'

export interface WindowFiles {
  /** The bundled preload script. */
  preload: string
  /** The folder with the icons of the window and the tray. */
  icons: string
}

/** The options that all windows share, such as the security settings. */
function commonOptions({ preload, icons }: WindowFiles): BrowserWindowConstructorOptions {
  return {
    title: 'Berth',
    icon: join(icons, 'window.png'),
    // The colour is visible until the page is drawn. The renderer uses the same two colours.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#131316' : '#ffffff',
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
  return { ...commonOptions(files), width: 1120, height: 600, minWidth: 360, minHeight: 240 }
}

export interface MainWindowOptions {
  files: WindowFiles
  /** True if the close button hides the window instead of closing it. */
  hideOnClose: () => boolean
}

/** The main window. It is created when it is first shown, and again after it was closed. */
export class MainWindow {
  readonly #options: MainWindowOptions
  #window: BrowserWindow | undefined

  constructor(options: MainWindowOptions) {
    this.#options = options
  }

  /** Brings the window to the front, even if it is closed, hidden or minimized. */
  show(): void {
    this.#window ??= this.#create()
    if (this.#window.isMinimized()) this.#window.restore()
    this.#window.show()
    this.#window.focus()
  }

  #create(): BrowserWindow {
    const window = new BrowserWindow({
      ...commonOptions(this.#options.files),
      name: 'main',
      windowStatePersistence: true,
      width: 1200,
      height: 800,
      minWidth: 880,
      minHeight: 560,
    })
    window.on('close', (event) => {
      if (!this.#options.hideOnClose()) return
      event.preventDefault()
      window.hide()
    })
    window.on('closed', () => {
      this.#window = undefined
    })
    // A rejection needs no handling. The window itself shows a failed load. If the user reloads during a load, the
    // promise rejects too, but nothing has failed.
    void window.loadURL(`${appUrl}/`).catch(() => undefined)
    return window
  }
}
