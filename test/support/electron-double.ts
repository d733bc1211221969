/**
 * A test double for the `electron` module: `vi.mock('electron', () => import('…/support/electron-double'))`. The double
 * has the parts that src/main/electron and src/preload use. It has Electron's own types where the signature matters. It
 * records calls, so that the test can inspect them. `resetElectron` resets the double.
 */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { MessageChannel } from 'node:worker_threads'
import type * as Electron from 'electron'

/** An event with `preventDefault`. */
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
  /** True after a quit that no listener has prevented. */
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
    // This method only has an effect on Windows.
  }
}

type WindowMembers = 'focus' | 'hide' | 'isMinimized' | 'loadURL' | 'restore' | 'show'

export class BrowserWindow extends EventEmitter implements Pick<Electron.BrowserWindow, WindowMembers> {
  static all: BrowserWindow[] = []
  static getAllWindows(): BrowserWindow[] {
    return BrowserWindow.all
  }
  shown = false
  focused = false
  minimized = false
  url: string | undefined

  readonly options: Electron.BrowserWindowConstructorOptions

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super()
    this.options = options
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
  /** Acts as a user who clicks the close button. */
  close(): void {
    const event = new FakeEvent()
    this.emit('close', event)
    if (event.defaultPrevented) return
    this.shown = false
    this.emit('closed')
  }
}

/** A page with the events that `guards` listens to. */
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
  /** Acts as a page that calls `window.open(url)`. */
  open(url: string): Electron.WindowOpenHandlerResponse | undefined {
    const referrer = { url: '', policy: 'default' } as const
    return this.#open?.({ url, frameName: '', features: '', disposition: 'new-window', referrer })
  }
  /** Acts as a page that navigates to `url`. Returns whether the navigation was allowed. */
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

  readonly image: string

  constructor(image: string) {
    super()
    this.image = image
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

/** The double does not build menus: a built menu is the template itself. */
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
  questions: [] as Electron.MessageBoxSyncOptions[],
  /** The number of the button that the user clicks. */
  answer: 0,
  showMessageBoxSync(options: Electron.MessageBoxSyncOptions): number {
    dialog.questions.push(options)
    return dialog.answer
  },
  showMessageBox(options: Electron.MessageBoxOptions): Promise<{ response: number }> {
    return Promise.resolve({ response: dialog.showMessageBoxSync(options) })
  },
  showErrorBox(title: string, content: string): void {
    dialog.errors.push({ title, content })
  },
}

export const nativeTheme = { shouldUseDarkColors: false }
export const ipcMain = new EventEmitter()
export const powerMonitor = new EventEmitter()

/** Node's MessageChannel replaces Electron's, because the ports of both classes have the same methods. */
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

/** Resets the double, as in a new process. Call it before each test. */
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
  dialog.questions = []
  dialog.answer = 0
  nativeTheme.shouldUseDarkColors = false
  ipcMain.removeAllListeners()
  ipcRenderer.removeAllListeners()
  ipcRenderer.sent.length = 0
  contextBridge.exposed.clear()
}
