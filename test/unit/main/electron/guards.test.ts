import { beforeEach, describe, expect, test, vi } from 'vitest'
import { guardWebContents } from '../../../../src/main/electron/guards'
import { app, FakeEvent, FakeWebContents, resetElectron, shell } from '../../../support/electron-double'
import { silentLog } from '../../../support/fake-services'

vi.mock('electron', () => import('../../../support/electron-double'))

let page: FakeWebContents
const shellWindow = { width: 900, webPreferences: { sandbox: true } }

beforeEach(() => {
  resetElectron()
  guardWebContents({ shellWindow: () => shellWindow, log: silentLog })
  page = new FakeWebContents()
  app.emit('web-contents-created', {}, page)
})

describe.each(['will-navigate', 'will-frame-navigate', 'will-redirect'] as const)('%s', (kind) => {
  test('may lead to a page of the app', () => {
    expect(page.go(kind, 'app://berth/images')).toBe(true)
  })

  test.each([
    'https://example.com/',
    'app://berth.evil/',
    'file:///etc/passwd',
    'javascript:1',
    'about:blank',
  ])('may not lead to %s', (url) => {
    expect(page.go(kind, url)).toBe(false)
    expect(shell.opened).toEqual([])
  })
})

test('a webview is refused', () => {
  const event = new FakeEvent()
  page.emit('will-attach-webview', event)
  expect(event.defaultPrevented).toBe(true)
})

describe('window.open', () => {
  test.each(['app://berth/shell', 'app://berth/shell/0b9c?title=web'])(
    'of %s makes a shell window',
    (url) => {
      expect(page.open(url)).toEqual({
        action: 'allow',
        outlivesOpener: true,
        overrideBrowserWindowOptions: shellWindow,
      })
      expect(shell.opened).toEqual([])
    },
  )

  test.each(['app://berth/', 'app://berth/containers', 'app://berth/shellcode', 'about:blank', ''])(
    'of %s does nothing',
    (url) => {
      expect(page.open(url)).toEqual({ action: 'deny' })
      expect(shell.opened).toEqual([])
    },
  )

  test.each(['http://localhost:5000/', 'https://example.com/a?b=c'])('of %s goes to the browser', (url) => {
    expect(page.open(url)).toEqual({ action: 'deny' })
    expect(shell.opened).toEqual([url])
  })

  test.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ms-msdt:/id PCWDiagnostic',
    'smb://server/share',
    'app://elsewhere/',
    'data:text/html,hello',
    'https:',
  ])('of %s starts no other program', (url) => {
    expect(page.open(url)).toEqual({ action: 'deny' })
    expect(shell.opened).toEqual([])
  })

  test('logs a warning if the browser cannot be opened', async () => {
    const warn = vi.spyOn(silentLog, 'warn')
    const failure = new Error('no browser')
    vi.spyOn(shell, 'openExternal').mockRejectedValueOnce(failure)
    expect(page.open('https://example.com/')).toEqual({ action: 'deny' })
    await vi.waitFor(() => {
      expect(warn).toHaveBeenCalledWith({ err: failure }, expect.any(String))
    })
  })
})
