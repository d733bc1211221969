import http, { type IncomingMessage } from 'node:http'
import { Readable, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { StreamAgent } from './http-agent'

/** Where the Docker Engine listens in the machine. */
export const engineSocketPath = '/var/run/docker.sock'

/** What the engine client needs of the SSH link. */
export interface UnixSocketOpener {
  openUnixSocket(path: string): Promise<Duplex>
}

type QueryValue = string | number | boolean | undefined

export interface EngineRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the API's root, every part of it already escaped with {@link pathPart}. */
  path: string
  query?: Record<string, QueryValue>
  headers?: Record<string, string>
  /** Sent as JSON, or as it is when it is a stream (a tar archive). */
  body?: Readable | object
  signal?: AbortSignal | undefined
  /** Open as long as the engine is, as its events are: it says nothing about whether somebody uses the engine. */
  standing?: boolean
}

/** The engine answered with an error status; `message` is its own explanation. */
export class EngineResponseError extends Error {
  override readonly name = 'EngineResponseError'

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** One path segment: a name or an id with whatever it holds escaped. */
export function pathPart(text: string): string {
  return encodeURIComponent(text)
}

/**
 * HTTP to the Docker Engine (https://docs.docker.com/reference/api/engine/).
 * Every call fails with an {@link EngineResponseError} for a refusal, a BerthError when there is no connection,
 * or the signal's reason. A response that breaks off is an error too, never a call without an answer; a question
 * (GET) that was lost on its way is asked once more.
 */
export class EngineClient {
  readonly #agent: StreamAgent
  #inFlight = 0

  constructor(link: UnixSocketOpener) {
    this.#agent = new StreamAgent(() => link.openUnixSocket(engineSocketPath))
  }

  /** Requests whose answer has not ended yet, without the standing ones. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** The response as soon as its header is there; the caller reads or destroys it. */
  async stream(request: EngineRequest): Promise<IncomingMessage> {
    const response = await this.#send(request)
    if ((response.statusCode ?? 500) < 400) return response
    throw new EngineResponseError(response.statusCode ?? 500, errorMessage(await readText(response)))
  }

  /** The response's JSON, checked against `schema`. */
  async json<T>(request: EngineRequest, schema: z.ZodType<T>): Promise<T> {
    return parseAnswer(await this.text(request), schema)
  }

  /** The response's body, as it is. */
  async text(request: EngineRequest): Promise<string> {
    const response = await this.stream(request)
    try {
      return await readText(response)
    } catch (error) {
      if (request.method !== 'GET' || !(error instanceof BerthError)) throw error
      return readText(await this.stream(request))
    }
  }

  /** For calls whose answer is their status. */
  async call(request: EngineRequest): Promise<void> {
    await this.text(request)
  }

  /** Turns the connection itself into the stream, as exec and attach do. */
  async upgrade(request: EngineRequest): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#open(request, { connection: 'Upgrade', upgrade: 'tcp' })
      outgoing.on('upgrade', (_response, stream, head) => {
        if (head.length > 0) stream.unshift(head)
        resolve(stream)
      })
      outgoing.on('response', (response) => {
        readText(response).then((text) => {
          reject(new EngineResponseError(response.statusCode ?? 500, errorMessage(text)))
        }, reject)
      })
      outgoing.on('error', (error) => {
        reject(connectionError(error))
      })
      outgoing.end(JSON.stringify(request.body ?? {}))
    })
  }

  /** Closes the connections that are kept open between calls. */
  close(): void {
    this.#agent.destroy()
  }

  async #send(request: EngineRequest, mayRepeat = true): Promise<IncomingMessage> {
    const outgoing = this.#open(request)
    const { body } = request
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve)
      outgoing.on('error', reject)
      // When only the sending fails, the engine has answered early and closed: its answer says more than that.
      if (body instanceof Readable)
        pipeline(body, outgoing).catch(() => {
          if (body.errored !== null) reject(body.errored)
        })
      else outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })
    try {
      return await answered
    } catch (error) {
      // The engine closed an idle connection just as it was used again, or the link broke before the answer.
      const hasBroken = outgoing.reusedSocket
        ? isReset(error) || isLost(error)
        : isLost(error) && outgoing.socket
      if (mayRepeat && request.method === 'GET' && hasBroken) return await this.#send(request, false)
      throw connectionError(error)
    }
  }

  #open(
    { method, path, query, headers, body, signal, standing = false }: EngineRequest,
    more: http.OutgoingHttpHeaders = {},
  ) {
    const outgoing = http.request({
      agent: this.#agent,
      method,
      path: path + queryString(query),
      ...(signal === undefined ? {} : { signal }),
      headers: { host: 'docker', ...contentHeaders(body), ...headers, ...more },
    })
    if (!standing) {
      this.#inFlight += 1
      outgoing.once('close', () => (this.#inFlight -= 1))
    }
    return outgoing
  }
}

/** The engine's answer as `schema` wants it; `engine.error` when it is something else. */
export function parseAnswer<T>(text: string, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw unexpectedAnswer(text.slice(0, 500))
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw unexpectedAnswer(z.prettifyError(parsed.error))
  return parsed.data
}

function unexpectedAnswer(detail: string): BerthError {
  return new BerthError('engine.error', { reason: 'its answer was not understood' }, { detail })
}

function contentHeaders(body: EngineRequest['body']): http.OutgoingHttpHeaders {
  if (body === undefined) return {}
  return { 'content-type': body instanceof Readable ? 'application/x-tar' : 'application/json' }
}

function queryString(query: EngineRequest['query']): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer)
  } catch (error) {
    throw connectionError(error)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const errorBodySchema = z.object({ message: z.string() })

function errorMessage(body: string): string {
  try {
    return errorBodySchema.parse(JSON.parse(body)).message
  } catch {
    return body.trim()
  }
}

function isLost(error: unknown): boolean {
  return error instanceof BerthError && error.code === 'machine.connection-lost'
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

/** A failed connection as `engine.unreachable`; what says more already (a BerthError, an abort) stays itself. */
export function connectionError(error: unknown): Error {
  if (error instanceof BerthError || error instanceof EngineResponseError) return error
  if (error instanceof Error && error.name === 'AbortError') return error
  return new BerthError('engine.unreachable', {}, { detail: toError(error).message, cause: error })
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
