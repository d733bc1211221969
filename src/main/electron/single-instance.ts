import { app } from 'electron'

/**
 * Makes this the only Berth of its data folder. When there is one already, that one is told to show itself
 * (`onSecondStart` there) and this one ends.
 * @returns whether this process may go on
 */
export function claimSingleInstance(onSecondStart: () => void): boolean {
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return false
  }
  app.on('second-instance', onSecondStart)
  return true
}
