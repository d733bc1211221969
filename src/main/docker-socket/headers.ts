import type { IncomingMessage } from 'node:http'

/** What belongs to one connection only (RFC 9110, 7.6.1). */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'http2-settings']

/** Header lines in their order and spelling, name and value in turn, without those of the connection and of `names`. */
export function endToEnd({ rawHeaders }: IncomingMessage, ...names: string[]): string[] {
  return withoutNames(rawHeaders, ...hopByHop, ...names)
}

/** Header lines without those of `names`, which are in lower case. */
export function withoutNames(lines: readonly string[], ...names: string[]): string[] {
  return lines.filter((_, index) => !names.includes((lines[index - (index % 2)] ?? '').toLowerCase()))
}

/** A client of HTTP/1.0 names no host (`nc`, health checks); the engine is asked by HTTP/1.1, which wants one. */
export function missingHost({ headers: { host } }: IncomingMessage): string[] {
  return host === undefined ? ['Host', 'docker'] : []
}

/** Trailer lines as pairs, which is how `addTrailers` takes them. */
export function trailers({ rawTrailers }: IncomingMessage): [string, string][] {
  return rawTrailers.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, rawTrailers[index + 1] ?? '']] : [],
  )
}

/** A message's first line and its header lines as they go over the wire. */
export function messageHead(firstLine: string, headers: readonly string[]): Buffer {
  const lines = headers.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ''}\r\n`] : [],
  )
  return Buffer.from(`${firstLine}\r\n${lines.join('')}\r\n`, 'latin1')
}

/** True when a message says itself where its body ends, or has none. */
export function isFramed({ headers, statusCode = 200 }: IncomingMessage, method: string): boolean {
  const bodyless = method === 'HEAD' || statusCode === 204 || statusCode === 304
  return bodyless || headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/** For want of a length `http` would send an empty chunked body, whose end would be read as input after an upgrade. */
export function withLength(
  headers: readonly string[],
  { method, headers: { 'content-length': length } }: IncomingMessage,
): string[] {
  const silent = method === 'GET' || method === 'HEAD' || length !== undefined
  return silent ? [...headers] : [...headers, 'Content-Length', '0']
}
