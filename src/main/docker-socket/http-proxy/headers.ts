import type { IncomingMessage } from 'node:http'

/** Headers that belong to a single connection (RFC 9110, 7.6.1). */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'http2-settings']

/** Header lines (name, value, name, …) as sent, without those of the connection and without `names`. */
export function endToEnd({ rawHeaders }: IncomingMessage, ...names: string[]): string[] {
  return withoutNames(rawHeaders, ...hopByHop, ...names)
}

/** Header lines without those in `names`, which are in lower case. */
export function withoutNames(lines: readonly string[], ...names: string[]): string[] {
  return lines.filter((_, index) => !names.includes((lines[index - (index % 2)] ?? '').toLowerCase()))
}

/** Clients of HTTP/1.0 (`nc`, health checks) send no Host. We ask the engine by HTTP/1.1, which requires one. */
export function missingHost({ headers: { host } }: IncomingMessage): string[] {
  return host === undefined ? ['Host', 'docker'] : []
}

/** Trailer lines as pairs, the form that `addTrailers` takes. */
export function trailers({ rawTrailers }: IncomingMessage): [string, string][] {
  return rawTrailers.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawTrailers[index + 1] ?? '']] : [],
  )
}

/** A message's first line and header lines in wire format. */
export function messageHead(firstLine: string, headers: readonly string[]): Buffer {
  const lines = headers.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ''}\r\n`] : [],
  )
  return Buffer.from(`${firstLine}\r\n${lines.join('')}\r\n`, 'latin1')
}

/** Whether a message says where its body ends, or has no body. */
export function isFramed({ headers, statusCode = 200 }: IncomingMessage, method: string): boolean {
  const bodyless = method === 'HEAD' || statusCode === 204 || statusCode === 304
  return bodyless || headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/**
 * Without Content-Length, node:http sends an empty chunked body, which would be read as the container's first input
 * after the upgrade.
 */
export function withLength(
  headers: readonly string[],
  { method, headers: { 'content-length': length } }: IncomingMessage,
): string[] {
  const silent = method === 'GET' || method === 'HEAD' || length !== undefined
  return silent ? [...headers] : [...headers, 'Content-Length', '0']
}
