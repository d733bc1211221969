import type { IncomingMessage } from 'node:http'

/** Headers that belong to a single connection (RFC 9110, 7.6.1). */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'http2-settings']

/** Returns the header lines (name, value, name, …) as received, without the hop-by-hop headers and without `names`. */
export function endToEnd({ rawHeaders }: IncomingMessage, ...names: string[]): string[] {
  return withoutNames(rawHeaders, ...hopByHop, ...names)
}

/** Returns the header lines without the headers in `names`. `names` must be in lower case. */
export function withoutNames(lines: readonly string[], ...names: string[]): string[] {
  return lines.filter((_, index) => !names.includes((lines[index - (index % 2)] ?? '').toLowerCase()))
}

/**
 * Returns a Host header if the request has none. HTTP/1.0 clients (`nc`, health checks) send no Host. Berth uses
 * HTTP/1.1 to the engine, which requires a Host.
 */
export function missingHost({ headers: { host } }: IncomingMessage): string[] {
  return host === undefined ? ['Host', 'docker'] : []
}

/** Returns the trailers as pairs, which `addTrailers` expects. */
export function trailers({ rawTrailers }: IncomingMessage): [string, string][] {
  return rawTrailers.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawTrailers[index + 1] ?? '']] : [],
  )
}

/** Encodes the first line and the header lines of a message in wire format. */
export function messageHead(firstLine: string, headers: readonly string[]): Buffer {
  const lines = headers.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ''}\r\n`] : [],
  )
  return Buffer.from(`${firstLine}\r\n${lines.join('')}\r\n`, 'latin1')
}

/** Whether a message declares the end of its body, or has no body. */
export function isFramed({ headers, statusCode = 200 }: IncomingMessage, method: string): boolean {
  const bodyless = method === 'HEAD' || statusCode === 204 || statusCode === 304
  return bodyless || headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/**
 * Adds `Content-Length: 0` if a request other than GET and HEAD has no length. Callers do not pass chunked requests.
 * Without Content-Length, node:http sends an empty chunked body. After an upgrade, the engine would read that body as
 * the container's first input.
 */
export function withLength(
  headers: readonly string[],
  { method, headers: { 'content-length': length } }: IncomingMessage,
): string[] {
  const silent = method === 'GET' || method === 'HEAD' || length !== undefined
  return silent ? [...headers] : [...headers, 'Content-Length', '0']
}
