import { mkdtempSync, rmSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { listen } from '../../src/main/lib'

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void

/** An HTTP server on a unix socket in place of the Docker Engine. Each test sets the replies. */
export class EngineServer {
  /** Maps a request without its query, such as `GET /containers/json`, to its handler. */
  readonly routes = new Map<string, Handler>()
  /** Maps a request that upgrades the connection to its handler. `framed`: the stream has frames. */
  readonly upgrades = new Map<string, { framed: boolean; open: (socket: Duplex) => void }>()
  /** Every request so far, as `METHOD /path?query`, in order. */
  readonly requests: string[] = []
  /** The number of connections that clients have opened so far. */
  connections = 0
  readonly #folder = mkdtempSync(join(tmpdir(), 'berth-engine-'))
  readonly #server: http.Server
  readonly #sockets = new Set<Socket>()

  /** Use {@link EngineServer.listen}. */
  constructor() {
    this.#server = http.createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://engine')
      this.requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
      const handler = this.routes.get(`${request.method ?? ''} ${url.pathname}`)
      if (handler !== undefined) handler(request, response, url)
      else answer(response, 404, { message: `page not found: ${url.pathname}` })
    })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      this.requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
      const url = new URL(request.url ?? '/', 'http://engine')
      const upgrade = this.upgrades.get(`${request.method ?? ''} ${url.pathname}`)
      if (upgrade === undefined) return
      const kind = upgrade.framed ? 'multiplexed' : 'raw'
      socket.write(
        `HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.${kind}-stream\r\n` +
          'Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
      )
      upgrade.open(socket)
    })
    this.#server.on('connection', (socket) => {
      this.connections++
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async listen(): Promise<EngineServer> {
    const server = new EngineServer()
    await listen(server.#server, { path: server.#socketPath })
    return server
  }

  get #socketPath(): string {
    return join(this.#folder, 'engine.sock')
  }

  /** Replaces the SSH link. */
  readonly link = { openUnixSocket: (): Promise<Duplex> => this.#connect() }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#socketPath, () => {
        socket.off('error', reject)
        resolve(socket)
      })
      socket.once('error', reject)
    })
  }

  /** The HTTP server, for tests that handle one of its events themselves, e.g. `upgrade`. */
  get server(): http.Server {
    return this.#server
  }

  /** Replies to `route` with a JSON value. If `value` is a function, calls it for each request. */
  json(route: string, value: unknown, status = 200): void {
    this.routes.set(route, (_request, response) => {
      answer(response, status, typeof value === 'function' ? (value as () => unknown)() : value)
    })
  }

  /** Destroys every open connection. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.dropConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.#folder, { recursive: true })
  }
}

export function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Makes a frame of the engine's multiplexed stream. `stream` is 1 for stdout and 2 for stderr. */
export function frame(stream: 1 | 2, payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload)
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}
