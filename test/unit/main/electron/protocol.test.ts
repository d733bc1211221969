import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseOwnUrl, registerAppScheme, serveRenderer } from '../../../../src/main/electron/protocol'
import { Downloads } from '../../../../src/main/transfers/downloads'
import { contentSecurityPolicy } from '../../../../src/shared/csp'
import { protocol, resetElectron } from '../../../support/electron-double'
import { silentLog } from '../../../support/fake-services'

vi.mock('electron', () => import('../../../support/electron-double'))

const downloads = new Downloads({ log: silentLog })
let folder: string
let root: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-protocol-'))
  root = join(folder, 'renderer')
  await mkdir(join(root, 'assets'), { recursive: true })
  await mkdir(join(folder, 'renderer-secret'))
  await writeFile(join(root, 'index.html'), '<!doctype html>page')
  await writeFile(join(root, 'assets/index-1a2b.js'), 'script')
  await writeFile(join(root, 'assets/notes.exe'), 'unknown')
  await writeFile(join(folder, 'secret.json'), 'secret')
  await writeFile(join(folder, 'renderer-secret/secret.json'), 'secret')
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  resetElectron()
  serveRenderer(root, downloads)
})

async function get(url: string, init?: RequestInit): Promise<Response> {
  const handler = protocol.handlers.get('app')
  if (handler === undefined) throw new Error('nothing handles app://')
  return handler(new Request(url, init))
}

describe('app://berth', () => {
  test('is a secure, standard scheme that may not bypass the content security policy', () => {
    registerAppScheme()
    expect(protocol.schemes).toHaveLength(1)
    expect(protocol.schemes[0]).toMatchObject({ scheme: 'app', privileges: { standard: true, secure: true } })
    expect(protocol.schemes[0]?.privileges?.bypassCSP ?? false).toBe(false)
    expect(protocol.schemes[0]?.privileges?.allowServiceWorkers ?? false).toBe(false)
  })

  test.each(['/', '/index.html', '/containers', '/shell/0b9c?size=1'])(
    'answers %s with the page',
    async (path) => {
      const response = await get(`app://berth${path}`)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(await response.text()).toBe('<!doctype html>page')
    },
  )

  test('sends a script with the content type of a script', async () => {
    const response = await get('app://berth/assets/index-1a2b.js')
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await response.text()).toBe('script')
  })

  test.each(['/', '/assets/index-1a2b.js', '/assets/missing.js'])(
    'sends %s with the content security policy and nosniff',
    async (path) => {
      const { headers } = await get(`app://berth${path}`)
      expect(headers.get('content-security-policy')).toBe(contentSecurityPolicy)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    },
  )

  test.each([
    'app://berth/../secret.json',
    'app://berth/..%2fsecret.json',
    'app://berth/%2e%2e/secret.json',
    'app://berth/%2e%2e%2fsecret.json',
    'app://berth/assets/..%2f..%2fsecret.json',
    'app://berth/..%2frenderer-secret/secret.json',
    'app://berth//etc/passwd.json',
    'app://berth/..%5csecret.json',
    'app://berth/%00.json',
    'app://berth/%E0%A4%A.json',
    'app://berth/assets/missing.js',
    'app://berth/assets/notes.exe',
    'app://elsewhere/index.html',
  ])('answers %s with 404', async (url) => {
    const response = await get(url)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('')
  })

  test('refuses every method except GET and HEAD', async () => {
    expect((await get('app://berth/', { method: 'POST' })).status).toBe(405)
    expect((await get('app://berth/', { method: 'HEAD' })).status).toBe(200)
  })
})

describe('an offered download', () => {
  const offer = () =>
    downloads.offer(
      { closed: new AbortController().signal },
      { name: 'web.tar', open: () => Promise.resolve(Readable.from([Buffer.from('archive')])) },
    )

  test('is answered once, as an attachment with the content security policy', async () => {
    const { url } = await offer()
    const response = await get(`app://berth${url}`)
    expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''web.tar")
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    expect(await response.text()).toBe('archive')
    expect((await get(`app://berth${url}`)).status).toBe(404)
  })

  test('stays available after a HEAD request', async () => {
    const { url } = await offer()
    expect((await get(`app://berth${url}`, { method: 'HEAD' })).status).toBe(404)
    expect((await get(`app://berth${url}`)).status).toBe(200)
  })
})

describe('parseOwnUrl', () => {
  test.each(['app://berth/', 'app://berth', 'app://berth/shell/abc?x=1#y'])(
    'accepts %s as a URL of the app',
    (url) => {
      expect(parseOwnUrl(url)?.host).toBe('berth')
    },
  )

  test.each([
    'app://berth.evil/',
    'app://berthevil/',
    'app://berth:1/',
    'app://user@berth/',
    'app://:secret@berth/',
    'http://berth/',
    'file:///app/berth',
    'apps://berth/',
    'about:blank',
    'data:text/html,app://berth/',
    'null',
    '',
  ])('does not accept %s as a URL of the app', (url) => {
    expect(parseOwnUrl(url)).toBeUndefined()
  })
})
