import { BerthError } from '../../../shared/errors'

/**
 * Parses a chunked body (RFC 9112, 7.1) at the beginning of the received bytes. `length` includes the trailers. Returns
 * undefined while the body is incomplete. Berth needs this parser for connections that node:http no longer owns.
 * @throws BerthError docker.upgrade-body
 */
export function chunkedBody(received: Buffer): { body: Buffer; length: number } | undefined {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const line = lineAt(received, at)
    if (line === undefined) return undefined
    const size = chunkSize(line.text)
    at = line.end
    if (size === 0) break
    if (received.length < at + size + 2) return undefined
    if (received.toString('latin1', at + size, at + size + 2) !== '\r\n')
      throw new BerthError('docker.upgrade-body')
    chunks.push(received.subarray(at, at + size))
    at += size + 2
  }
  for (;;) {
    const trailer = lineAt(received, at)
    if (trailer === undefined) return undefined
    at = trailer.end
    if (trailer.text === '') return { body: Buffer.concat(chunks), length: at }
  }
}

function lineAt(received: Buffer, start: number): { text: string; end: number } | undefined {
  const end = received.indexOf('\r\n', start)
  return end === -1 ? undefined : { text: received.toString('latin1', start, end), end: end + 2 }
}

/** Parses the hexadecimal size of a chunk. Ignores extensions after the size, because no client uses them. */
function chunkSize(line: string): number {
  const [, size] = /^([0-9a-f]{1,7})[ \t]*(?:;.*)?$/i.exec(line) ?? []
  if (size === undefined) throw new BerthError('docker.upgrade-body')
  return Number.parseInt(size, 16)
}
