import { app } from 'electron'
import type { Logger } from '../host'

export interface LifecycleOptions {
  platform: NodeJS.Platform
  /** Stops the machine. Each of its steps has a time limit. */
  shutdown: () => Promise<void>
  showMainWindow: () => void
  log: Logger
}

export interface Lifecycle {
  /** True from the first request to quit. From then on the main window closes instead of hiding. */
  readonly isQuitting: () => boolean
}

/**
 * Quitting does not ask for confirmation. It stops the machine once and then ends the app. The windows stay open until
 * then, to show the progress. Without a window the app keeps running only on macOS, where the Dock brings it back.
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
