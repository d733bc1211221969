/**
 * Stands in for the `electron` module: `vi.mock('electron', () => import('…/support/electron-double'))`. It has what
 * src/main/electron and src/preload use, with Electron's own types where a signature is at stake, and it keeps what
 * was done to it for the test to look at. `resetElectron` makes it new.
 */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { MessageChannel } from 'node:worker_threads'
import type * as Electron from 'electron'

/** An event whose default the listeners may prevent. */
export class FakeEvent {
  defaultPrevented = false
  preventDefault(): void {
    this.defaultPrevented = true
  }
}

type AppMembers =
  | 'exit'
  | 'getAppPath'
  | 'getLocale'
  | 'getVersion'
  | 'isPackaged'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAppUserModelId'
  | 'setPath'
  | 'whenReady'

class FakeApp extends EventEmitter implements Pick<Electron.App, AppMembers> {
  isPackaged = false
  locale = 'en-US'
  /** Whether another instance has the lock. */
  otherInstance = false
  /** True once nothing has held the end back. */
  ended = false
  exitCode: number | undefined
  readonly folders: Record<string, string> = {}

  quit(): void {
    const event = new FakeEvent()
    this.emit('before-quit', event)
    if (event.defaultPrevented) return
    this.ended = true
    this.emit('quit')
  }
  exit(code?: number): void {
    this.exitCode = code ?? 0
  }
  whenReady(): Promise<void> {
    return Promise.resolve()
  }
  requestSingleInstanceLock(): boolean {
    return !this.otherInstance
  }
  getLocale(): string {
    return this.locale
  }
  getVersion(): string {
    return '1.2.3'
  }
  getAppPath(): string {
    return '/app'
  }
  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`setPath: ${path} does not exist`)
    this.folders[name] = path
  }
  setAppUserModelId(): void {
    // Only Windows has it.
  }
}

type WindowMembers = 'focus' | 'hide' | 'isMinimized' | 'loadURL' | 'restore' | 'show'

export class BrowserWindow extends EventEmitter implements Pick<Electron.BrowserWindow, WindowMembers> {
  static all: BrowserWindow[] = []
  shown = false
  focused = false
  minimized = false
  url: string | undefined

  constructor(readonly options: Electron.BrowserWindowConstructorOptions) {
    super()
    BrowserWindow.all.push(this)
  }
  show(): void {
    this.shown = true
  }
  hide(): void {
    this.shown = false
  }
  focus(): void {
    this.focused = true
  }
  isMinimized(): boolean {
    return this.minimized
  }
  restore(): void {
    this.minimized = false
  }
  loadURL(url: string): Promise<void> {
    this.url = url
    return Promise.resolve()
  }
  /** What the user's click on the close button does. */
  close(): void {
    const event = new FakeEvent()
    this.emit('close', event)
    if (event.defaultPrevented) return
    this.shown = false
    this.emit('closed')
  }
}

/** One page, for the events that `guards` listens to. */
export class FakeWebContents
  extends EventEmitter
  implements Pick<Electron.WebContents, 'setWindowOpenHandler'>
{
  #open: ((details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse) | undefined

  setWindowOpenHandler(
    handler: (details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse,
  ): void {
    this.#open = handler
  }
  /** The page calls `window.open(url)`. */
  open(url: string): Electron.WindowOpenHandlerResponse | undefined {
    const referrer = { url: '', policy: 'default' } as const
    return this.#open?.({ url, frameName: '', features: '', disposition: 'new-window', referrer })
  }
  /** The page goes to `url`; the result tells whether it may. */
  go(kind: 'will-navigate' | 'will-frame-navigate' | 'will-redirect', url: string): boolean {
    const event = Object.assign(new FakeEvent(), { url })
    this.emit(kind, event)
    return !event.defaultPrevented
  }
}

type Handlers = {
  [Name in 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler']:
    Parameters<Electron.Session[Name]>[0] | undefined
}

class FakeSession implements Pick<Electron.Session, keyof Handlers> {
  readonly handlers: Handlers = {
    setPermissionRequestHandler: undefined,
    setPermissionCheckHandler: undefined,
    setDevicePermissionHandler: undefined,
  }
  setPermissionRequestHandler(handler: Handlers['setPermissionRequestHandler'] & object): void {
    this.handlers.setPermissionRequestHandler = handler
  }
  setPermissionCheckHandler(handler: Handlers['setPermissionCheckHandler'] & object): void {
    this.handlers.setPermissionCheckHandler = handler
  }
  setDevicePermissionHandler(handler: Handlers['setDevicePermissionHandler'] & object): void {
    this.handlers.setDevicePermissionHandler = handler
  }
}

type ProtocolHandler = Parameters<Electron.Protocol['handle']>[1]

class FakeProtocol implements Pick<Electron.Protocol, 'handle' | 'registerSchemesAsPrivileged'> {
  readonly schemes: Electron.CustomScheme[] = []
  readonly handlers = new Map<string, ProtocolHandler>()

  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    this.schemes.push(...schemes)
  }
  handle(scheme: string, handler: ProtocolHandler): void {
    this.handlers.set(scheme, handler)
  }
}

export class Tray extends EventEmitter implements Pick<Electron.Tray, 'destroy' | 'setToolTip'> {
  static all: Tray[] = []
  destroyed = false
  toolTip = ''
  menu: Electron.MenuItemConstructorOptions[] = []

  constructor(readonly image: string) {
    super()
    Tray.all.push(this)
  }
  setToolTip(text: string): void {
    this.toolTip = text
  }
  setContextMenu(menu: Electron.MenuItemConstructorOptions[]): void {
    this.menu = menu
  }
  destroy(): void {
    this.destroyed = true
  }
}

/** A built menu is the template that it was built from. */
export const Menu = {
  application: [] as Electron.MenuItemConstructorOptions[],
  buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu(menu: Electron.MenuItemConstructorOptions[]): void {
    Menu.application = menu
  },
}

export const shell = {
  opened: [] as string[],
  openExternal(url: string): Promise<void> {
    shell.opened.push(url)
    return Promise.resolve()
  },
}

export const dialog = {
  errors: [] as { title: string; content: string }[],
  showErrorBox(title: string, content: string): void {
    dialog.errors.push({ title, content })
  },
}

export const nativeTheme = { shouldUseDarkColors: false }
export const ipcMain = new EventEmitter()
export const powerMonitor = new EventEmitter()

/** Node's channel in place of Electron's: their ports are used alike. */
export { MessageChannel as MessageChannelMain }

export const contextBridge = {
  exposed: new Map<string, unknown>(),
  exposeInMainWorld(name: string, api: unknown): void {
    contextBridge.exposed.set(name, api)
  },
}

class FakeIpcRenderer extends EventEmitter {
  readonly sent: string[] = []
  send(channel: string): void {
    this.sent.push(channel)
  }
}
export const ipcRenderer = new FakeIpcRenderer()

export let app = new FakeApp()
export let protocol = new FakeProtocol()
export let session = { defaultSession: new FakeSession() }

/** Forgets all that was done, as a new process would. To be called before each test. */
export function resetElectron(): void {
  powerMonitor.removeAllListeners()
  app = new FakeApp()
  protocol = new FakeProtocol()
  session = { defaultSession: new FakeSession() }
  BrowserWindow.all = []
  Tray.all = []
  Menu.application = []
  shell.opened = []
  dialog.errors = []
  nativeTheme.shouldUseDarkColors = false
  ipcMain.removeAllListeners()
  ipcRenderer.removeAllListeners()
  ipcRenderer.sent.length = 0
  contextBridge.exposed.clear()
}
