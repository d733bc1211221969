import { app, powerMonitor } from 'electron'
import type { AppHost } from '../berth'

/** What the Electron host does for the services. */
export const electronCapabilities: AppHost = {
  kind: 'electron',
  get version() {
    return app.getVersion()
  },
  quit() {
    app.quit()
  },
  onWake(listener) {
    powerMonitor.on('resume', listener)
  },
}
