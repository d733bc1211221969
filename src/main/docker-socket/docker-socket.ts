import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { chmod, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { StreamAgent } from '../engine'
import { ensurePrivateFolder, listen, message } from '../lib'
import type { Logger } from '../host'
import { harmless, type ObservedRequest, type RequestObserver } from './request-observer'
import { RequestActivity } from './activity'
import { forward, maxHeaderSize, refuse, relay, type Forwarded } from './http-proxy/forward'
import {
  beginAll,
  interceptorsFor,
  parseTarget,
  readBody,
  rewriteBody,
  rewrittenBodyBytes,
  type ClientRequest,
  type RequestInterceptor,
} from './interceptor'
import { checkSocketPath } from './socket-path'
import {
  closeWhenLeft,
  IncompleteRequest,
  isMereOffer,
  refuseUpgrade,
  upgrade,
  withoutOffer,
} from './http-proxy/upgrade'

export interface DockerSocketOptions {
  path: string
  platform: NodeJS.Platform
  log: Logger
  /** Opens a new connection to the engine. */
  openEngine: () => Promise<Duplex>
  /** Awaited before each request. Resolves when the machine is ready for it. */
  beforeRequest?: () => Promise<void>
  interceptors?: readonly RequestInterceptor[]
  observer?: RequestObserver
}

/**
 * Serves the Engine API on a local socket, for the docker tools of this computer. Requests share kept-alive connections
 * to the engine. An upgraded request becomes a separate stream, which passes half-closes in both directions.
 */
export class DockerSocket {
  /** The requests of docker clients that are under way. */
  readonly activity = new RequestActivity()
  readonly #options: DockerSocketOptions
  readonly #observer: RequestObserver | undefined
  readonly #agent: StreamAgent
  readonly #server: http.Server
  readonly #sockets = new Set<Duplex>()

  constructor(options: DockerSocketOptions) {
    this.#options = options
    this.#observer = options.observer && harmless(options.observer, options.log)
    this.#agent = new StreamAgent(options.openEngine)
    // No time limits, as in the engine: an upload may take hours, and so may waiting for a container to end.
    const unlimited = { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    this.#server = http
      .createServer({ ...unlimited, maxHeaderSize }, serve)
      // The engine decides whether the client may continue. If Berth rewrites the body, `bodyOf` lets the client
      // continue.
      .on('checkContinue', serve)
      .on('upgrade', (request, socket: Socket, head) => void this.#upgrade(request, socket, head))
      .on('connection', (socket) => {
        if (this.#sockets.has(socket)) return
        this.#sockets.add(socket)
        socket.once('close', () => this.#sockets.delete(socket))
      })
  }

  /** The number of client connections. */
  get connections(): number {
    return this.#sockets.size
  }

  /**
   * Starts to listen. Only this user can read and write the socket.
   * @throws BerthError docker.socket-path if the path is too long for a socket; docker.socket-failed if the system
   * refuses; host.folder-unwritable, host.no-space
   */
  async listen(): Promise<void> {
    const { path, platform } = this.#options
    checkSocketPath(path, platform)
    if (platform !== 'win32') await ensurePrivateFolder(dirname(path))
    try {
      // A crashed instance of Berth may have left its socket. The app lock guarantees that no other instance runs.
      if (platform !== 'win32') await rm(path, { force: true })
      await listen(this.#server, { path })
      if (platform !== 'win32') await chmod(path, 0o600)
    } catch (error) {
      throw new BerthError('docker.socket-failed', { path, reason: message(error) }, { cause: error })
    }
    // This happens e.g. if too many files are open. The server accepts clients again when files are closed.
    this.#server.on('error', (error) => {
      this.#options.log.warn({ err: error }, 'could not accept a docker client')
    })
  }

  /** Closes every connection and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve()
      })
    })
    for (const socket of this.#sockets) socket.destroy()
    this.#agent.destroy()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const begun = performance.now()
    response.once('close', this.activity.begin(request))
    const forwarded: Forwarded = { agent: this.#agent, request, response }
    const target = parseTarget(request.method ?? 'GET', request.url ?? '/')
    const observed = this.#observer?.observe(target)
    try {
      await this.#options.beforeRequest?.()
      observed?.ready?.()
      const answer = await this.#exchange(forwarded, target, observed)
      if (answer === undefined) {
        observed?.failed?.(new BerthError('docker.client-left'))
        this.#reportLeft(request, begun)
      } else {
        relay(answer, forwarded)
        observed?.relayed?.(answer)
      }
    } catch (error) {
      observed?.failed?.(response.destroyed ? new BerthError('docker.client-left') : error)
      if (response.destroyed) this.#reportLeft(request, begun)
      else this.#report(request, error)
      refuse(forwarded, error)
    }
  }

  /**
   * Runs the interceptors around the request, and returns the engine's answer. Returns undefined if the client leaves
   * before Berth forwards the request.
   */
  async #exchange(
    forwarded: Forwarded,
    target: ClientRequest,
    observed: ObservedRequest | undefined,
  ): Promise<IncomingMessage | undefined> {
    const { response } = forwarded
    const send = async (body?: Buffer) => {
      if (response.destroyed) return undefined
      observed?.sent?.()
      const answer = await forward({ ...forwarded, body })
      observed?.answered?.(answer.statusCode ?? 0)
      return answer
    }
    const interceptors = interceptorsFor(this.#options.interceptors ?? [], target)
    if (interceptors.length === 0) return send()
    const rewriters = interceptors.filter((each) => each.rewriteBody !== undefined)
    let body: Buffer | undefined
    if (rewriters.length > 0) {
      const own = await bodyOf(forwarded)
      observed?.body?.(own)
      body = await rewriteBody(rewriters, target, own)
    }
    const after = await beginAll(interceptors, target)
    try {
      return await send(body)
    } finally {
      await after()
    }
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // A request with interceptors never becomes a stream, even if the client asks for an upgrade.
    const target = parseTarget(request.method ?? 'GET', request.url ?? '/')
    if (isMereOffer(request) || interceptorsFor(this.#options.interceptors ?? [], target).length > 0) {
      withoutOffer(request, socket, head)
      this.#server.emit('connection', socket)
      return
    }
    const begun = performance.now()
    socket.once('close', this.activity.begin(request))
    socket.on('error', () => socket.destroy())
    if (this.#options.platform !== 'win32') closeWhenLeft(socket)
    try {
      await this.#options.beforeRequest?.()
      await upgrade(this.#agent, request, socket, head)
    } catch (error) {
      if (socket.destroyed || error instanceof IncompleteRequest) {
        this.#reportLeft(request, begun)
        socket.destroy()
      } else {
        this.#report(request, error)
        refuseUpgrade(socket, error)
      }
    }
  }

  #report(request: IncomingMessage, error: unknown): void {
    const { code, detail } = BerthError.from(error)
    this.#options.log.info({ code, detail, ...named(request) }, 'refused a docker client')
  }

  /**
   * Logs that the client no longer waits for the answer. An error after that is a consequence, and does not mean that
   * the engine is broken.
   */
  #reportLeft(request: IncomingMessage, begun: number): void {
    const ms = Math.round(performance.now() - begun)
    this.#options.log.debug({ ...named(request), ms }, 'a docker client left before it got its answer')
  }
}

/** Returns the log fields of a request. They omit the query, because it may contain build arguments. */
function named({ method, url }: IncomingMessage): { method: string | undefined; path: string | undefined } {
  return { method, path: (url ?? '').split('?')[0] }
}

async function bodyOf({ request, response }: Forwarded): Promise<Buffer> {
  if (request.headers.expect !== undefined) response.writeContinue()
  return readBody(request, rewrittenBodyBytes)
}
