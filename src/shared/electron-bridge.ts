import type { Platform } from './platform'

/** The path of a shell window, for `setWindowOpenHandler` and the renderer's router. */
export const shellRoute = '/shell'

/** The IPC channels between preload and main. The page requests a connection, and main replies with a MessagePort. */
export const connectChannel = 'berth:connect'
export const portChannel = 'berth:port'

/** The window message that hands the contract's MessagePort to the page, as `event.ports[0]`. */
export const portMessage = { type: portChannel } as const

/**
 * The Electron host adds this object to the page as `window.berthHost`. A plain browser does not have this object.
 * There, the page connects over a WebSocket.
 */
export interface BerthHost {
  readonly platform: Platform
  /**
   * Requests a new connection. The reply is the window message {@link portMessage} with one MessagePort. The app host
   * then stops serving every earlier MessagePort.
   */
  connect(): void
}

declare global {
  interface Window {
    readonly berthHost?: BerthHost
  }
}
