import { session } from 'electron'
import { parseOwnUrl } from './origin'

/** What a copy button needs; reading the clipboard stays refused. */
const copyPermission = 'clipboard-sanitized-write'

/** Electron grants every permission by default. Refuses all of them, but for our own page writing text to the clipboard. */
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
