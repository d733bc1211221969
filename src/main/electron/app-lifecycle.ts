import { app } from 'electron'
import type { Logger } from '../host'

export interface LifecycleOptions {
  platform: NodeJS.Platform
  /** Stops the machine; each of its steps is bounded in time. */
  shutdown: () => Promise<void>
  showMainWindow: () => void
  log: Logger
}

export interface Lifecycle {
  /** True from the first request to quit: from then on a closed window stays closed. */
  readonly isQuitting: () => boolean
}

/**
 * Quit asks nothing: it stops the machine once, with the windows still open to show it, and then ends the app.
 * Without a window the app goes on only on macOS, where the Dock brings the window back.
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
