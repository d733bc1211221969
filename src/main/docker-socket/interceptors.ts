import type { Readable } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { parseJson, stringifyJson } from './json-text'

/** A request of a docker client, as an interceptor sees it. */
export interface ClientRequest {
  method: string
  /** Decoded, without the version in front (`/v1.47`) and without the query. */
  path: string
  query: URLSearchParams
}

/** Runs when the engine has answered, before the client is told, and also when the request has failed. */
export type AfterAnswer = () => Promise<void>

/** What Berth adds to one call of the Engine API. Whatever it throws refuses the request. */
export interface RequestInterceptor {
  readonly method: string
  /** Of {@link ClientRequest.path}; its groups are handed on. */
  readonly path: RegExp
  /** The body to send instead. The very object it was given, unchanged, sends the client's own bytes. */
  rewriteBody?(body: unknown, request: ClientRequest): unknown
  /** Before the request goes on to the engine. */
  before?(groups: readonly string[], request: ClientRequest): Promise<AfterAnswer | undefined>
}

/** A create request of a compose file with everything in it has some ten kilobytes. */
export const rewrittenBodyBytes = 4 * 2 ** 20

/** The interceptors that want this request. */
export function interceptorsFor(
  interceptors: readonly RequestInterceptor[],
  request: ClientRequest,
): RequestInterceptor[] {
  return interceptors.filter(({ method, path }) => method === request.method && path.test(request.path))
}

/** The request line's target, taken apart. */
export function parseTarget(method: string, target: string): ClientRequest {
  // To a proxy clients name the host as well (RFC 9112, 3.2.2), and every server has to take that.
  const own = target.replace(/^https?:\/\/[^/?]*/i, '')
  const end = own.indexOf('?')
  const path = end === -1 ? own : own.slice(0, end)
  return {
    method,
    path: decoded(path).replace(/^\/v[\d.]+(?=\/)/, ''),
    query: new URLSearchParams(end === -1 ? '' : own.slice(end + 1)),
  }
}

/** The engine looks at the decoded path, too. One that cannot be decoded is refused there. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Lets each interceptor have its say before the request goes on; the last to begin is the first to end. */
export async function beginAll(
  interceptors: readonly RequestInterceptor[],
  request: ClientRequest,
): Promise<AfterAnswer> {
  const afterwards: AfterAnswer[] = []
  const end = async () => {
    for (const after of afterwards.splice(0).reverse()) await after()
  }
  try {
    for (const interceptor of interceptors) {
      const groups = (interceptor.path.exec(request.path) ?? []).slice(1)
      const after = await interceptor.before?.(groups, request)
      if (after !== undefined) afterwards.push(after)
    }
  } catch (error) {
    await end()
    throw error
  }
  return end
}

/** The body after all rewriters. What is not JSON goes on as it is: the engine's complaint is the better one. */
export async function rewriteBody(
  interceptors: readonly RequestInterceptor[],
  request: ClientRequest,
  body: Buffer,
): Promise<Buffer> {
  const original = parseJson(body.toString('utf8'))
  if (original === undefined) return body
  let value: unknown = original
  for (const interceptor of interceptors) value = (await interceptor.rewriteBody?.(value, request)) ?? value
  return value === original ? body : Buffer.from(stringifyJson(value))
}

/** All of a body, up to `limit` bytes; the source stays usable. @throws BerthError docker.body-too-large */
export async function readBody(source: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of source.iterator({ destroyOnReturn: false })) {
    const piece = chunk as Buffer
    bytes += piece.length
    if (bytes > limit) throw new BerthError('docker.body-too-large', { limit })
    chunks.push(piece)
  }
  return Buffer.concat(chunks)
}
