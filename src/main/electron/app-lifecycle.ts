import { app } from 'electron'
import type { Logger } from '../host'

export interface LifecycleOptions {
  platform: NodeJS.Platform
  /** Suspends or stops the machine, and ends all services. */
  shutdown: () => Promise<void>
  showMainWindow: () => void
  /** Asks the user about texts that are not saved. Returns false if the app must not quit. */
  mayQuit: () => Promise<boolean>
  log: Logger
}

export interface Lifecycle {
  /** True after the first request to quit. Then the close button closes the main window, on macOS too. */
  readonly isQuitting: () => boolean
  /** Quits without a question, because the page has asked the user. */
  readonly quit: () => void
}

/**
 * Handles the requests to quit. Berth asks for confirmation only if text would be lost, and before it stops anything.
 * Then it calls `shutdown` once and ends the app. Until then, the windows stay open and show the progress. If the last
 * window closes, the app quits, except on macOS. There, the Dock can open the window again.
 */
export function followLifecycle({
  platform,
  shutdown,
  showMainWindow,
  mayQuit,
  log,
}: LifecycleOptions): Lifecycle {
  let state: 'running' | 'stopping' | 'stopped' = 'running'
  let confirmed = false
  let asking = false

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

  async function askAndStop(): Promise<void> {
    if (asking) return
    asking = true
    const may = await mayQuit()
    asking = false
    // The page may have asked in the meantime.
    if (may && state === 'running') await stop()
  }

  app.on('before-quit', (event) => {
    if (state === 'stopped') return
    event.preventDefault()
    if (state === 'running') void (confirmed ? stop() : askAndStop())
  })
  app.on('window-all-closed', () => {
    if (platform !== 'darwin') app.quit()
  })
  app.on('activate', showMainWindow)
  return {
    isQuitting: () => state !== 'running',
    quit: () => {
      confirmed = true
      app.quit()
    },
  }
}
