/** The path of a shell window; `setWindowOpenHandler` and the renderer's router agree on it. */
export const shellRoute = '/shell'

/** The two IPC channels between preload and main: the page's request for a connection, and the port that answers. */
export const connectChannel = 'berth:connect'
export const portChannel = 'berth:port'

/** The message that carries the contract's port into the page: `event.ports[0]` is the port. */
export const portMessage = { type: portChannel } as const

/**
 * What the Electron host adds to the page as `window.berthHost`. In a plain browser it is absent and the page
 * reaches its host over the WebSocket instead.
 */
export interface BerthHost {
  readonly platform: 'darwin' | 'win32' | 'linux'
  /**
   * Asks for a new connection. The answer is a window message {@link portMessage} with one MessagePort; an
   * earlier port stops being served.
   */
  connect(): void
}

declare global {
  interface Window {
    readonly berthHost?: BerthHost
  }
}
