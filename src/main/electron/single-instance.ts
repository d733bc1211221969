import { app } from 'electron'

/**
 * Makes this process the only Berth of its home folder. If another one is running already, Electron calls
 * `onSecondStart` in that process, and this process quits.
 * @returns whether this process is the first instance and may continue
 */
export function claimSingleInstance(onSecondStart: () => void): boolean {
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return false
  }
  app.on('second-instance', onSecondStart)
  return true
}
