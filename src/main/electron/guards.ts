import { app, shell, type BrowserWindowConstructorOptions, type WindowOpenHandlerResponse } from 'electron'
import { shellRoute } from '../../shared/electron-bridge'
import type { Logger } from '../host'
import { parseOwnUrl } from './protocol'

export interface GuardOptions {
  /** The options for a shell window that the page opens. */
  shellWindow: () => BrowserWindowConstructorOptions
  log: Logger
}

interface NavigationEvent {
  readonly url: string
  preventDefault(): void
}

/** Keeps the pages of all windows at Berth's own origin. Call this before the first window is created. */
export function guardWebContents(options: GuardOptions): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', blockForeignUrl)
    contents.on('will-frame-navigate', blockForeignUrl)
    contents.on('will-redirect', blockForeignUrl)
    contents.on('will-attach-webview', (event) => {
      event.preventDefault()
    })
    contents.setWindowOpenHandler(({ url }) => decideWindow(url, options))
  })
}

function blockForeignUrl(event: NavigationEvent): void {
  if (parseOwnUrl(event.url) === undefined) event.preventDefault()
}

/** Only a shell gets a new window of the app. Web links open in the user's browser. Any other URL is refused. */
function decideWindow(url: string, { shellWindow, log }: GuardOptions): WindowOpenHandlerResponse {
  const own = parseOwnUrl(url)
  if (own !== undefined && isShellPath(own.pathname))
    return { action: 'allow', outlivesOpener: true, overrideBrowserWindowOptions: shellWindow() }
  if (own === undefined) openInBrowser(url, log)
  return { action: 'deny' }
}

function isShellPath(path: string): boolean {
  return path === shellRoute || path.startsWith(`${shellRoute}/`)
}

/** Opens only web links. Other programs have registered other schemes, and a page must not start those programs. */
function openInBrowser(url: string, log: Logger): void {
  if (!URL.canParse(url)) return
  const parsed = new URL(url)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return
  shell.openExternal(parsed.href).catch((error: unknown) => {
    log.warn({ err: error }, 'could not open the browser')
  })
}
