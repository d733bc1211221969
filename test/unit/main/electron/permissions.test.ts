import { beforeEach, expect, test, vi } from 'vitest'
import { denyPermissions } from '../../../../src/main/electron/permissions'
import { resetElectron, session } from '../../../support/electron-double'

vi.mock('electron', () => import('../../../support/electron-double'))

beforeEach(() => {
  resetElectron()
  denyPermissions()
})

/** The handlers' decision. Electron passes a page as well, but the handlers do not use it. */
function check(permission: string, origin: string): unknown {
  const handler: unknown = session.defaultSession.handlers.setPermissionCheckHandler
  if (typeof handler !== 'function') throw new Error('no handler')
  return Reflect.apply(handler, undefined, [null, permission, origin, {}])
}

function ask(permission: string, requestingUrl: string): unknown {
  const handler: unknown = session.defaultSession.handlers.setPermissionRequestHandler
  if (typeof handler !== 'function') throw new Error('no handler')
  const callback = vi.fn<(granted: boolean) => void>()
  Reflect.apply(handler, undefined, [null, permission, callback, { requestingUrl }])
  expect(callback).toHaveBeenCalledOnce()
  return callback.mock.calls[0]?.[0]
}

test.each([
  'media',
  'geolocation',
  'notifications',
  'clipboard-read',
  'fileSystem',
  'openExternal',
  'display-capture',
  'local-network-access',
  'usb',
  'unknown',
])('the app’s own page does not get the permission %s', (permission) => {
  expect(check(permission, 'app://berth/')).toBe(false)
  expect(ask(permission, 'app://berth/containers')).toBe(false)
})

test('only the app’s own page may write to the clipboard, because its copy buttons need it', () => {
  expect(check('clipboard-sanitized-write', 'app://berth/')).toBe(true)
  expect(ask('clipboard-sanitized-write', 'app://berth/')).toBe(true)
  expect(check('clipboard-sanitized-write', 'https://example.com/')).toBe(false)
  expect(ask('clipboard-sanitized-write', 'https://example.com/')).toBe(false)
})

test('access to devices is refused', () => {
  const handler: unknown = session.defaultSession.handlers.setDevicePermissionHandler
  if (typeof handler !== 'function') throw new Error('no handler')
  expect(Reflect.apply(handler, undefined, [{ deviceType: 'usb', origin: 'app://berth' }])).toBe(false)
})
