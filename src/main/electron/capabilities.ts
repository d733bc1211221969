import { app, powerMonitor } from 'electron'
import type { HostCapabilities } from '../berth-options'

/** What the Electron host does for the services. */
export const electronCapabilities: HostCapabilities = {
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
