import { session } from 'electron'
import { parseOwnUrl } from './protocol'

/** Copy buttons need this permission. It does not allow a page to read the clipboard. */
const copyPermission = 'clipboard-sanitized-write'

/**
 * Refuses all permissions except one: Berth's own page may write text to the clipboard. Electron grants every
 * permission by default.
 */
export function denyPermissions(): void {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_contents, permission, callback, details) => {
    callback(permission === copyPermission && parseOwnUrl(details.requestingUrl) !== undefined)
  })
  defaultSession.setPermissionCheckHandler(
    (_contents, permission, requestingOrigin) =>
      permission === copyPermission && parseOwnUrl(requestingOrigin) !== undefined,
  )
  defaultSession.setDevicePermissionHandler(() => false)
}
