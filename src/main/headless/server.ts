import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WebSocketServer } from 'ws'
import { type Api, serveWebSocket } from '../api'
import { contentSecurityPolicy } from '../../shared/csp'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { delay, findStaticFile, listen, systemErrorCode } from '../lib'
import { downloadsPath } from '../../shared/transfers'
import { Access } from './access'
import { CompressedFiles } from './compressed-files'
import { loggedInPage, loginRequiredPage } from './login-pages'

const address = '127.0.0.1'
/**
 * The size limit of one WebSocket message, in bytes. Berth's largest message is a piece of an upload: 256 KiB in
 * base64.
 */
export const messageLimit = 1024 * 1024
/** The size limit of all headers of a request together, in bytes. */
const headerLimit = 8 * 1024
/** RFC 6455, section 7.4.1: the server is going down. */
const goingAway = 1001
/** Milliseconds that a page may take to answer a close frame. */
const closeGrace = 500
/** The most simultaneous connections. A page needs seven at most. */
const connectionLimit = 128

const securityHeaders = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=()',
}

export interface HeadlessServer {
  port: number
  /** Opens Berth in a browser. Never log this URL, because it contains the token. */
  loginUrl: string
  close(): Promise<void>
}

/**
 * Serves the renderer and the contract to the browsers of this computer. If `port` is 0, the server uses any free port.
 * @throws BerthError port.taken, port.privileged
 */
export async function startHeadlessServer(options: {
  api: Api
  rendererFolder: string
  port: number
}): Promise<HeadlessServer> {
  const server = createServer({ maxHeaderSize: headerLimit, headersTimeout: 10_000, requestTimeout: 10_000 })
  server.maxConnections = connectionLimit
  const port = await listen(server, { port: options.port, host: address }).catch((error: unknown) => {
    const code = systemErrorCode(error) === 'EACCES' ? 'port.privileged' : 'port.taken'
    const params = { port: options.port, protocol: 'tcp', address, owner: phrases['owner-program'] } as const
    throw new BerthError(code, params, { cause: error })
  })
  // The server can fail to accept a connection, e.g. if too many files are open. Berth keeps running.
  server.on('error', (error) => {
    options.api.log.warn({ err: error }, 'could not accept a connection')
  })
  const access = new Access(port)
  const host = new HeadlessHost({ api: options.api, rendererFolder: options.rendererFolder, access })
  server.on('request', (request, response) => void host.answer(request, response))
  server.on('upgrade', (request, socket, head) => {
    host.upgrade(request, socket, head)
  })
  return {
    port,
    loginUrl: `http://${address}:${port}/login?token=${access.token}`,
    async close() {
      await host.close()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

interface HeadlessHostOptions {
  api: Api
  rendererFolder: string
  access: Access
}

class HeadlessHost {
  readonly #options: HeadlessHostOptions
  readonly #compressed = new CompressedFiles()
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageLimit,
    perMessageDeflate: false,
  })

  constructor(options: HeadlessHostOptions) {
    this.#options = options
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    response.setHeader('Cache-Control', 'no-store')
    const url = parseUrl(request)
    if (url === undefined || !this.#options.access.isOurs(request.headers)) refuse(response, 403)
    else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405)
    else if (url.pathname === '/login') this.#login(request, response, url.searchParams.get('token') ?? '')
    else if (!this.#options.access.hasCookie(request.headers)) sendPage(response, 401, loginRequiredPage)
    else if (url.pathname.startsWith(downloadsPath)) await this.#sendDownload(request, response, url.pathname)
    else await this.#sendFile(request, response, url.pathname)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { headers } = request
    const isAllowed = this.#options.access.isOurSocket(headers) && this.#options.access.hasCookie(headers)
    if (parseUrl(request)?.pathname !== '/api' || !isAllowed) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      serveWebSocket(this.#options.api, webSocket)
    })
  }

  /**
   * Closes the connection of every page. If a page does not answer, e.g. in a sleeping tab, Berth destroys its socket.
   */
  async close(): Promise<void> {
    const { clients } = this.#sockets
    const closed = [...clients].map((socket) => once(socket, 'close'))
    for (const socket of clients) socket.close(goingAway)
    await Promise.race([Promise.all(closed), delay(closeGrace)])
    for (const socket of clients) socket.terminate()
  }

  #login(request: IncomingMessage, response: ServerResponse, token: string): void {
    if (!this.#options.access.isToken(token)) {
      sendPage(response, 401, loginRequiredPage)
      return
    }
    response.setHeader('Set-Cookie', this.#options.access.cookie)
    // If the user follows a link from another site, the browser sends no Strict cookie, not even to the target of a
    // redirect.
    if (request.headers['sec-fetch-site'] === 'cross-site') sendPage(response, 200, loggedInPage)
    else response.writeHead(303, { Location: '/' }).end()
  }

  /** Only GET takes the download, because its URL works once. */
  async #sendDownload(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const download = request.method === 'GET' ? this.#options.api.downloads.take(path) : undefined
    if (download === undefined) {
      refuse(response, 404)
      return
    }
    response.writeHead(200, download.headers)
    // `Downloads` logs a failure of the file. Any other failure means that the user has cancelled the download.
    await pipeline(download.stream, response).catch(() => undefined)
  }

  async #sendFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const file = await findStaticFile(this.#options.rendererFolder, path)
    if (file === undefined) {
      refuse(response, 404)
      return
    }
    const compressed = await this.#compressed
      .find(file, request.headers['accept-encoding']?.toString())
      .catch(() => undefined)
    response.writeHead(200, {
      'Content-Type': file.contentType,
      'Content-Length': compressed?.bytes.length ?? file.bytes,
      ...(compressed === undefined ? {} : { 'Content-Encoding': compressed.encoding }),
      Vary: 'Accept-Encoding',
      'Cache-Control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache',
    })
    if (request.method === 'HEAD') response.end()
    else if (compressed !== undefined) response.end(compressed.bytes)
    else
      await pipeline(createReadStream(file.path), response).catch((error: unknown) => {
        this.#options.api.log.warn({ err: error, path }, 'could not send a file')
      })
  }
}

/**
 * Parses the path and the query. `Access` checks the `Host` header separately. Returns undefined for a path such as
 * `//host`, because it would name another authority.
 */
function parseUrl({ url = '' }: IncomingMessage): URL | undefined {
  const base = 'http://berth.invalid'
  const parsed = URL.canParse(url, base) ? new URL(url, base) : undefined
  return url.startsWith('/') && parsed?.origin === base ? parsed : undefined
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
  response.end(`${status}\n`)
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(html)
}
