import http, { type IncomingMessage } from 'node:http'
import { Readable, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import type { SshLink } from '../ssh'
import { StreamAgent } from './http-agent'

/** The Docker Engine's socket in the machine. */
export const engineSocketPath = '/var/run/docker.sock'

export type UnixSocketOpener = Pick<SshLink, 'openUnixSocket'>

type QueryValue = string | number | boolean | undefined

interface EngineRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** The path without the API's root. Escape its parts with {@link pathPart}. */
  path: string
  query?: Record<string, QueryValue>
  headers?: Record<string, string>
  /** An object is sent as JSON. A stream (a tar archive) is sent unchanged. */
  body?: Readable | object
  signal?: AbortSignal | undefined
  /** If true, `inFlight` does not count the request. For requests that stay open while the engine runs, e.g. events. */
  background?: boolean
}

/** The engine has answered with an error status. `message` is the engine's own message. */
export class EngineResponseError extends Error {
  override readonly name = 'EngineResponseError'

  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Escapes a name or an id as a part of a path. */
export function pathPart(text: string): string {
  return encodeURIComponent(text)
}

/**
 * HTTP to the Docker Engine (https://docs.docker.com/reference/api/engine/). A call also fails if its response is cut
 * off. A GET is repeated once if the connection was lost before the response. Also, `text` repeats a GET whose response
 * was cut off.
 * @throws EngineResponseError if the engine refuses a call
 * @throws BerthError engine.unreachable, machine.connection-lost, machine.not-running; engine.error if the JSON of an
 * answer is not valid
 * @throws AbortError after an abort of the request's signal
 */
export class EngineClient {
  readonly #agent: StreamAgent
  #inFlight = 0

  constructor(link: UnixSocketOpener) {
    this.#agent = new StreamAgent(() => link.openUnixSocket(engineSocketPath))
  }

  /**
   * The number of requests whose response has not ended yet. Background requests are not counted, and an upgraded
   * request is no longer counted after its upgrade.
   */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Resolves with the response once its header has arrived. The caller must read or destroy the response. */
  async stream(request: EngineRequest): Promise<IncomingMessage> {
    const response = await this.#send(request)
    if ((response.statusCode ?? 500) < 400) return response
    throw new EngineResponseError(response.statusCode ?? 500, errorMessage(await readText(response)))
  }

  /** The response's JSON, validated with `schema`. */
  async json<T>(request: EngineRequest, schema: z.ZodType<T>): Promise<T> {
    return parseAnswer(await this.text(request), schema)
  }

  /** The response's body. */
  async text(request: EngineRequest): Promise<string> {
    const response = await this.stream(request)
    try {
      return await readText(response)
    } catch (error) {
      if (request.method !== 'GET' || !(error instanceof BerthError)) throw error
      return readText(await this.stream(request))
    }
  }

  /** Makes a request and ignores the content of the response. */
  async call(request: EngineRequest): Promise<void> {
    await this.text(request)
  }

  /**
   * Upgrades the connection to a raw stream, for exec and attach. An abort of the signal destroys the stream, even
   * after the upgrade.
   */
  async upgrade(request: EngineRequest): Promise<Duplex> {
    return (await this.upgradeTyped(request)).stream
  }

  /** Like {@link EngineClient.upgrade}. Also returns the media type, which shows whether the stream has frames. */
  async upgradeTyped(request: EngineRequest): Promise<{ stream: Duplex; mediaType: string | undefined }> {
    const { signal } = request
    return new Promise((resolve, reject) => {
      const outgoing = this.#open(request, { connection: 'Upgrade', upgrade: 'tcp' })
      outgoing.on('upgrade', ({ headers }, stream, head) => {
        if (head.length > 0) stream.unshift(head)
        const abort = () => stream.destroy()
        signal?.addEventListener('abort', abort, { once: true })
        stream.once('close', () => signal?.removeEventListener('abort', abort))
        resolve({ stream, mediaType: headers['content-type'] })
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

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy()
  }

  async #send(request: EngineRequest, mayRepeat = true): Promise<IncomingMessage> {
    const outgoing = this.#open(request)
    const { body } = request
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve)
      outgoing.on('error', reject)
      // An engine that answers early also closes the connection, so the sending fails. The engine's answer then
      // explains more than the pipeline's error. So only an error of the body itself is reported here.
      if (body instanceof Readable)
        pipeline(body, outgoing).catch(() => {
          if (body.errored !== null) reject(body.errored)
        })
      else outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })
    try {
      return await answered
    } catch (error) {
      // Either the engine closed an idle connection while this request began to use it, or the link broke before the
      // answer.
      const isBroken = outgoing.reusedSocket
        ? isReset(error) || isLinkLost(error)
        : isLinkLost(error) && outgoing.socket
      if (mayRepeat && request.method === 'GET' && isBroken) return await this.#send(request, false)
      throw connectionError(error)
    }
  }

  #open(
    { method, path, query, headers, body, signal, background = false }: EngineRequest,
    more: http.OutgoingHttpHeaders = {},
  ) {
    const outgoing = http.request({
      agent: this.#agent,
      method,
      path: path + queryString(query),
      ...(signal === undefined ? {} : { signal }),
      headers: { host: 'docker', ...contentHeaders(body), ...headers, ...more },
    })
    if (!background) {
      this.#inFlight += 1
      outgoing.once('close', () => (this.#inFlight -= 1))
    }
    return outgoing
  }
}

/**
 * Yields the values of a stream with one JSON text in each line. The engine's events and progress have this format.
 * Chunks may end anywhere, even inside a character.
 */
export async function* jsonLines(stream: AsyncIterable<unknown>): AsyncGenerator<unknown[], void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    const values = lines.filter((line) => line.trim() !== '').map((line): unknown => JSON.parse(line))
    if (values.length > 0) yield values
  }
  rest += decoder.decode()
  if (rest.trim() !== '') yield [JSON.parse(rest)]
}

/**
 * Parses an answer of the engine.
 * @throws BerthError engine.error
 */
function parseAnswer<T>(text: string, schema: z.ZodType<T>): T {
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
  return new BerthError('engine.error', { reason: phrases['answer-invalid'] }, { detail })
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

/** True if the connection to the engine has failed or broken. A retry may succeed then. */
export function isLost(error: unknown): boolean {
  return isLinkLost(error) || (error instanceof BerthError && error.code === 'engine.unreachable')
}

/** True if the engine cannot be reached now: the connection has failed, or the machine does not run. */
export function isUnreachable(error: unknown): boolean {
  return isLost(error) || (error instanceof BerthError && error.code === 'machine.not-running')
}

function isLinkLost(error: unknown): boolean {
  return error instanceof BerthError && error.code === 'machine.connection-lost'
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

/** Returns engine.unreachable for a failed connection. Returns a more precise error (BerthError, abort) unchanged. */
export function connectionError(error: unknown): Error {
  if (error instanceof BerthError || error instanceof EngineResponseError) return error
  if (error instanceof Error && error.name === 'AbortError') return error
  return new BerthError('engine.unreachable', {}, { detail: toError(error).message, cause: error })
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
