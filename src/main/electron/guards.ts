import { app, shell, type BrowserWindowConstructorOptions, type WindowOpenHandlerResponse } from 'electron'
import { shellRoute } from '../../shared/electron-bridge'
import type { Logger } from '../host'
import { parseOwnUrl } from './origin'

export interface GuardOptions {
  /** How a shell window that the page opens is to be made. */
  shellWindow: () => BrowserWindowConstructorOptions
  log: Logger
}

interface NavigationEvent {
  readonly url: string
  preventDefault(): void
}

/** Keeps every page, in whatever window, at our own origin. To be called before the first window is made. */
export function guardWebContents(options: GuardOptions): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', stayAtHome)
    contents.on('will-frame-navigate', stayAtHome)
    contents.on('will-redirect', stayAtHome)
    contents.on('will-attach-webview', (event) => {
      event.preventDefault()
    })
    contents.setWindowOpenHandler(({ url }) => decideWindow(url, options))
  })
}

function stayAtHome(event: NavigationEvent): void {
  if (parseOwnUrl(event.url) === undefined) event.preventDefault()
}

/** A window of ours only for a shell; web links go to the user's browser; everything else is refused. */
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

/** Programs other than the browser register schemes too, and a page must not be able to start them. */
function openInBrowser(url: string, log: Logger): void {
  if (!URL.canParse(url)) return
  const parsed = new URL(url)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return
  shell.openExternal(parsed.href).catch((error: unknown) => {
    log.warn({ err: error }, 'the browser could not be opened')
  })
}
