import type { Readable } from 'node:stream'
import { BerthError } from '../../shared/errors'
import { parseJson, stringifyJson } from './json-text'

/** A request of a docker client, as an interceptor sees it. */
export interface ClientRequest {
  method: string
  /** The decoded path, without the leading version (`/v1.47`) and without the query. */
  path: string
  query: URLSearchParams
}

/** The paths of requests that more than one interceptor changes. */
export const requestPaths = {
  createContainer: /^\/containers\/create$/,
  changeService: /^\/services\/(?:create|[^/]+\/update)$/,
}

/** Runs after the engine has answered and before the client gets the answer. Also runs if the request has failed. */
export type AfterAnswer = () => Promise<void>

/** Changes one call of the Engine API. If the interceptor throws, Berth refuses the request with that error. */
export interface RequestInterceptor {
  readonly method: string
  /** Matches {@link ClientRequest.path}. `before` gets its capture groups. */
  readonly path: RegExp
  /** Returns the body to send instead. If the function returns its argument, Berth sends the client's own bytes. */
  rewriteBody?(body: unknown, request: ClientRequest): unknown
  /** Runs before the request is sent to the engine. */
  before?(groups: readonly string[], request: ClientRequest): Promise<AfterAnswer | undefined>
}

/** The size limit of a body that Berth rewrites, in bytes. A full create request of compose has about ten kilobytes. */
export const rewrittenBodyBytes = 4 * 2 ** 20

/** Returns the interceptors that match a request. */
export function interceptorsFor(
  interceptors: readonly RequestInterceptor[],
  request: ClientRequest,
): RequestInterceptor[] {
  return interceptors.filter(({ method, path }) => method === request.method && path.test(request.path))
}

/** Parses the target of a request line. */
export function parseTarget(method: string, target: string): ClientRequest {
  // A client may send an absolute URL, as for a proxy. Every server has to accept absolute URLs (RFC 9112, 3.2.2).
  const own = target.replace(/^https?:\/\/[^/?]*/i, '')
  const end = own.indexOf('?')
  const path = end === -1 ? own : own.slice(0, end)
  return {
    method,
    path: decoded(path).replace(/^\/v[\d.]+(?=\/)/, ''),
    query: new URLSearchParams(end === -1 ? '' : own.slice(end + 1)),
  }
}

/**
 * Decodes a path, because the engine also routes by the decoded path. The engine refuses a path that cannot be decoded.
 */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/**
 * Runs `before` of each interceptor, in order. The returned function runs the `AfterAnswer` functions in reverse order.
 */
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

/**
 * Returns the body after all rewriters. A body that is not JSON stays unchanged, because the engine's own error is
 * better.
 */
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

/**
 * Reads a whole body of up to `limit` bytes. Does not destroy the source.
 * @throws BerthError docker.body-too-large
 */
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
