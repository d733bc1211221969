import { Socket } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

export interface JoinOptions {
  /** A failure of one side resets the other. Otherwise it closes the other side, which may look like a clean end. */
  passResets?: boolean
  /**
   * After a clean end of the stream, the client's socket closes once its last bytes are written, even if the client
   * is still sending. Otherwise the client closes it.
   */
  closeAfterEnd?: boolean
}

/**
 * Carries bytes both ways between a client's socket and a stream. Each direction ends on its own. Once one side has
 * failed or closed, so does the other.
 */
export function join(client: Socket, stream: Duplex, options: JoinOptions = {}): void {
  const { passResets = false, closeAfterEnd = false } = options
  stream.on('error', () => {
    if (passResets) client.resetAndDestroy()
  })
  client.on('error', () => {
    if (passResets && stream instanceof Socket) stream.resetAndDestroy()
  })
  stream.once('close', () => {
    if (!stream.readableEnded) client.destroy()
    else if (closeAfterEnd) client.destroySoon()
  })
  client.once('close', () => stream.destroy())
  if (client.destroyed) stream.destroy()
  client.pipe(stream)
  stream.pipe(client)
}

/** Characters. A longer line is cut: a peer that never ends its line must not exhaust the memory. */
const longestLine = 1_000_000

/**
 * Calls `onLine` with each line of a stream, without its end. Unlike node:readline, it does not throw the error of a
 * broken connection as an uncaught one.
 */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = (lines.pop() ?? '').slice(-longestLine)
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest)
    rest = ''
  })
}
