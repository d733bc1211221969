import { app } from 'electron'

/**
 * Makes this process the only Berth for its home folder. If another process already runs, Electron calls
 * `onSecondStart` there, and this process quits.
 * @returns true if this process is the first instance and may continue
 */
export function claimSingleInstance(onSecondStart: () => void): boolean {
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return false
  }
  app.on('second-instance', onSecondStart)
  return true
}
