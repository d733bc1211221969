import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createApi } from '../../../../src/main/api/router'
import { messageLimit, startHeadlessServer, type HeadlessServer } from '../../../../src/main/headless/server'
import { contentSecurityPolicy } from '../../../../src/shared/csp'
import { FakeServices } from '../../../support/fake-services'

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
  bytes: Buffer
}

describe('the headless server', () => {
  let folder: string
  let server: HeadlessServer
  let services: FakeServices
  let cookie: string
  let origin: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-www-'))
    await mkdir(join(folder, 'www', 'assets'), { recursive: true })
    await writeFile(join(folder, 'secret.js'), 'outside')
    await writeFile(join(folder, 'www', 'index.html'), '<title>the app</title>')
    await writeFile(join(folder, 'www', 'assets', 'app-1a2b.js'), 'console.log(1)')
    await writeFile(join(folder, 'www', 'notes.exe'), 'no type')
    services = new FakeServices()
    server = await start()
    origin = `http://127.0.0.1:${server.port}`
    const { headers } = await get('/login' + new URL(server.loginUrl).search, {})
    cookie = String(headers['set-cookie']).split(';')[0] ?? ''
  })
  afterEach(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })

  const start = (port = 0) =>
    startHeadlessServer({ api: createApi(services), rendererFolder: join(folder, 'www'), port })

  const offer = (stream: Readable) =>
    services.downloads.offer(
      { closed: new AbortController().signal },
      { name: 'web.tar', open: () => Promise.resolve(stream) },
    )

  /** Sends the path unchanged. `fetch` would normalize it first. */
  async function get(
    path: string,
    headers: Record<string, string> = { cookie },
    method = 'GET',
  ): Promise<Answer> {
    const request = httpRequest({ agent: false, port: server.port, path, headers, method, host: '127.0.0.1' })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const bytes = await buffer(response)
    return { status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString(), bytes }
  }

  /** Resolves with the status of a refused upgrade, or with `open`. */
  async function openSocket(headers: Record<string, string>, path = '/api'): Promise<string> {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
    return new Promise((resolve, reject) => {
      socket.once('open', () => {
        socket.terminate()
        resolve('open')
      })
      socket.once('unexpected-response', (_request, response) => {
        resolve(String(response.statusCode))
      })
      socket.once('error', reject)
    })
  }

  describe('with the cookie', () => {
    it('sends an offered download once, as an attachment', async () => {
      const { url } = await offer(Readable.from(['arch', 'ive']))
      const { status, headers, body } = await get(url)
      expect([status, body]).toEqual([200, 'archive'])
      expect(headers['content-disposition']).toBe("attachment; filename*=UTF-8''web.tar")
      expect(headers['content-type']).toBe('application/octet-stream')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect((await get(url)).status).toBe(404)
    })

    it('sends a download only to a browser with the cookie', async () => {
      const { url } = await offer(Readable.from(['archive']))
      expect((await get(url, {})).status).toBe(401)
      expect((await get(url, { cookie, origin: 'http://evil.example' })).status).toBe(403)
      expect((await get(url)).body).toBe('archive')
    })

    it('keeps a download for GET when a HEAD request asks for it', async () => {
      const { url } = await offer(Readable.from(['archive']))
      expect((await get(url, { cookie }, 'HEAD')).status).toBe(404)
      expect((await get(url)).status).toBe(200)
    })

    it('cuts the response if the file fails in the middle', async () => {
      const stream = new PassThrough()
      const { url } = await offer(stream)
      stream.write('half')
      const request = httpRequest({ agent: false, port: server.port, path: url, headers: { cookie } })
      request.end()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      stream.destroy(new Error('the container is gone'))
      await expect(buffer(response)).rejects.toThrow('aborted')
    })

    it('serves the app', async () => {
      const { status, headers, body } = await get('/')
      expect(status).toBe(200)
      expect(headers['content-type']).toBe('text/html; charset=utf-8')
      expect(headers['cache-control']).toBe('no-cache')
      expect(body).toBe('<title>the app</title>')
    })

    it('serves the app for a path that only the client-side router knows', async () => {
      expect((await get('/containers/abc/logs?tail=5')).body).toBe('<title>the app</title>')
    })

    it('lets browsers cache hashed files forever', async () => {
      const { headers } = await get('/assets/app-1a2b.js')
      expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
      expect(headers['cache-control']).toContain('immutable')
    })

    it.each([
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip;q=1.0, br;q=0', 'gzip', gunzipSync],
    ] as const)('compresses a file for a browser that accepts %s', async (accept, encoding, decompress) => {
      const script = 'console.log(1)\n'.repeat(1_000)
      await writeFile(join(folder, 'www', 'assets', 'large-1a2b.js'), script)
      const headers = { cookie, 'accept-encoding': accept }
      for (let time = 0; time < 2; time++) {
        const answer = await get('/assets/large-1a2b.js', headers)
        expect(answer.headers).toMatchObject({
          'content-encoding': encoding,
          'content-type': 'text/javascript; charset=utf-8',
          vary: 'Accept-Encoding',
        })
        expect(answer.bytes.length).toBeLessThan(200)
        expect(answer.headers['content-length']).toBe(String(answer.bytes.length))
        expect(decompress(answer.bytes).toString()).toBe(script)
      }
      const head = await get('/assets/large-1a2b.js', headers, 'HEAD')
      expect(head.headers['content-encoding']).toBe(encoding)
      expect(head.body).toBe('')
    })

    it('sends the current version of a changed page, compressed', async () => {
      for (const word of ['one', 'two']) {
        await writeFile(join(folder, 'www', 'index.html'), word.repeat(1_000))
        const answer = await get('/', { cookie, 'accept-encoding': 'gzip' })
        expect(gunzipSync(answer.bytes).toString()).toBe(word.repeat(1_000))
      }
    })

    it('sends a small file uncompressed, no matter which encodings the browser accepts', async () => {
      for (const accept of ['', 'identity', 'deflate', 'br;q=0, gzip;q=0.0', 'gzip']) {
        const answer = await get('/assets/app-1a2b.js', { cookie, 'accept-encoding': accept })
        expect(answer.headers['content-encoding']).toBeUndefined()
        expect(answer.body).toBe('console.log(1)')
      }
    })

    it('sends security headers with a page, with a script and with an error', async () => {
      for (const path of ['/', '/assets/missing.js', '/assets/app-1a2b.js']) {
        expect((await get(path)).headers).toMatchObject({
          'content-security-policy': contentSecurityPolicy,
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
        })
      }
    })

    it.each([
      '/../secret.js',
      '/assets/../../secret.js',
      '/%2e%2e/secret.js',
      '/..%2fsecret.js',
      '/assets/..%5c..%5csecret.js',
      '//secret.js',
      '/assets/app-1a2b.js%00.html',
      '/%',
      '/notes.exe',
      '/assets',
      '/assets/missing.js',
    ])('sends only an error or the app’s page for %s', async (path) => {
      const { status, body } = await get(path)
      if (path === '/assets') expect(body).toBe('<title>the app</title>')
      else expect(status).toBeGreaterThanOrEqual(400)
      expect(body).not.toContain('outside')
    })

    it('answers a HEAD request without a body', async () => {
      expect(await get('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' })
    })

    it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
      expect((await get('/', { cookie }, method)).status).toBe(405)
    })
  })

  describe('without the cookie', () => {
    it.each(['/', '/assets/app-1a2b.js', '/index.html'])(
      'sends only the page that explains the login for %s',
      async (path) => {
        const { status, body } = await get(path, {})
        expect(status).toBe(401)
        expect(body).toContain('/login?token=')
        expect(body).not.toContain('the app')
      },
    )

    it('refuses the cookie of an earlier run', async () => {
      const old = cookie
      const { port } = server
      await server.close()
      server = await start(port)
      expect((await get('/', { cookie: old })).status).toBe(401)
      expect(await openSocket({ origin, cookie: old })).toBe('403')
    })
  })

  describe('at the login', () => {
    it('exchanges the token for a cookie', async () => {
      const { status, headers } = await get('/login' + new URL(server.loginUrl).search, {})
      expect(status).toBe(303)
      expect(headers.location).toBe('/')
      expect(String(headers['set-cookie'])).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
    })

    it('sends a page that redirects to the app if the login link was opened on another site', async () => {
      const { status, body } = await get('/login' + new URL(server.loginUrl).search, {
        'sec-fetch-site': 'cross-site',
      })
      expect(status).toBe(200)
      expect(body).toContain('http-equiv="refresh" content="0; url=/"')
    })

    it.each(['/login', '/login?token=', '/login?token=guess'])('refuses %s', async (path) => {
      const { status, headers } = await get(path, {})
      expect(status).toBe(401)
      expect(headers['set-cookie']).toBeUndefined()
    })
  })

  describe('against foreign requests', () => {
    it('refuses a request with another host name', async () => {
      for (const host of ['evil.example', `evil.example:${server.port}`, '127.0.0.1', `[::1]:${server.port}`])
        expect((await get('/', { cookie, host })).status).toBe(403)
      expect(
        (await get('/login' + new URL(server.loginUrl).search, { host: 'evil.example' })).headers,
      ).not.toHaveProperty('set-cookie')
    })

    it('refuses a request from another origin', async () => {
      expect((await get('/', { cookie, origin: 'http://evil.example' })).status).toBe(403)
    })

    it('listens only on the loopback address', async () => {
      const others = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter(({ internal, family }) => !internal && family === 'IPv4')
      for (const { address } of others) {
        const socket = connect(server.port, address)
        await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      }
      const socket = connect(server.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.destroy()
    })
  })

  describe('with WebSockets', () => {
    it('accepts the app’s own page', async () => {
      expect(await openSocket({ origin, cookie })).toBe('open')
    })

    it('refuses a client without the right origin, host name, cookie and path', async () => {
      expect(await openSocket({ origin })).toBe('403')
      expect(await openSocket({ cookie })).toBe('403')
      expect(await openSocket({ origin: 'http://evil.example', cookie })).toBe('403')
      expect(await openSocket({ origin: 'null', cookie })).toBe('403')
      expect(await openSocket({ origin, cookie, host: 'evil.example' })).toBe('403')
      expect(await openSocket({ origin, cookie: `berth-${server.port}=guess` })).toBe('403')
      expect(await openSocket({ origin, cookie }, '/other')).toBe('403')
    })

    it('closes a WebSocket after a message that is too large, and keeps other WebSockets open', async () => {
      const [loud, quiet] = [1, 2].map(
        () => new WebSocket(`ws://127.0.0.1:${server.port}/api`, { headers: { origin, cookie } }),
      )
      if (loud === undefined || quiet === undefined) throw new Error('two sockets were made')
      await Promise.all([once(loud, 'open'), once(quiet, 'open')])
      loud.send('x'.repeat(messageLimit + 1))
      const [code] = (await once(loud, 'close')) as [number]
      expect(code).toBe(1009)
      expect(quiet.readyState).toBe(WebSocket.OPEN)
      quiet.terminate()
    })

    it('closes a WebSocket after a message that is not a call', async () => {
      for (const message of [
        'not json',
        '[]',
        '{"i":"1","t":3,"p":{}}',
        Buffer.from('{"i":"1","p":{"u":"/app/info"}}'),
      ]) {
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api`, { headers: { origin, cookie } })
        await once(socket, 'open')
        socket.send(message)
        const [code] = (await once(socket, 'close')) as [number]
        expect(code).toBe(1008)
      }
    })
  })

  it('closes even if a page does not answer the close frame', async () => {
    const page = new WebSocket(`ws://127.0.0.1:${server.port}/api`, { headers: { origin, cookie } })
    await once(page, 'open')
    page.pause()
    await server.close()
    page.terminate()
  })

  it('sends a close frame to each page when it closes', async () => {
    const page = new WebSocket(`ws://127.0.0.1:${server.port}/api`, { headers: { origin, cookie } })
    await once(page, 'open')
    const closed = once(page, 'close')
    await server.close()
    expect((await closed)[0]).toBe(1001)
  })

  it('does not start if its port is taken', async () => {
    await expect(start(server.port)).rejects.toMatchObject({
      code: 'port.taken',
      params: { port: server.port, protocol: 'tcp', address: '127.0.0.1' },
    })
  })

  it('refuses headers above the size limit', async () => {
    expect((await get('/', { cookie, 'x-long': 'x'.repeat(20_000) })).status).toBe(431)
  })
})
