import { app } from 'electron'
import type { Logger } from '../host'

export interface LifecycleOptions {
  platform: NodeJS.Platform
  /** Suspends or stops the machine, and ends all services. */
  shutdown: () => Promise<void>
  showMainWindow: () => void
  log: Logger
}

export interface Lifecycle {
  /** True after the first request to quit. Then the close button closes the main window, on macOS too. */
  readonly isQuitting: () => boolean
}

/**
 * Handles the requests to quit. Berth does not ask for confirmation: it calls `shutdown` once and then ends the app.
 * Until then, the windows stay open and show the progress. If the last window closes, the app quits, except on macOS.
 * There, the Dock can open the window again.
 */
export function followLifecycle({ platform, shutdown, showMainWindow, log }: LifecycleOptions): Lifecycle {
  let state: 'running' | 'stopping' | 'stopped' = 'running'

  async function stop(): Promise<void> {
    state = 'stopping'
    try {
      await shutdown()
    } catch (error) {
      log.error({ err: error }, 'the machine did not stop cleanly')
    }
    state = 'stopped'
    app.quit()
  }

  app.on('before-quit', (event) => {
    if (state === 'stopped') return
    event.preventDefault()
    if (state === 'running') void stop()
  })
  app.on('window-all-closed', () => {
    if (platform !== 'darwin') app.quit()
  })
  app.on('activate', showMainWindow)
  return { isQuitting: () => state !== 'running' }
}
