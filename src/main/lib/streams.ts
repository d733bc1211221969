import { Socket } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

export interface JoinOptions {
  /**
   * If true, a failure of one side resets the other side. A stream that is no socket is only closed. If false, the
   * failure may look like a clean end to the other side.
   */
  passResets?: boolean
  /**
   * If true, the client's socket is closed after a clean end of the stream, when its last bytes are written. This
   * happens even if the client is still sending. If false, the client closes the socket.
   */
  closeAfterEnd?: boolean
  /**
   * Called when the stream has ended without a byte. True means that the target refused the connection. The client is
   * then reset instead of ended.
   */
  wasRefused?: () => Promise<boolean>
}

/**
 * Carries bytes in both directions between a client's socket and a stream. Each direction can end alone. When one side
 * has failed or closed, the other side is closed too.
 */
export function join(client: Socket, stream: Duplex, options: JoinOptions = {}): void {
  const { passResets = false, closeAfterEnd = false, wasRefused } = options
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
  if (wasRefused === undefined) stream.pipe(client)
  else {
    stream.pipe(client, { end: false })
    stream.once('end', () => {
      if (client.bytesWritten > 0 || client.destroyed) client.end()
      else
        void wasRefused().then((refused) => {
          if (refused) client.resetAndDestroy()
          else client.end()
        })
    })
  }
}

/** A line with more characters is cut. Otherwise a peer that never ends its line would exhaust the memory. */
const longestLine = 1_000_000

/**
 * Calls `onLine` with each line of a stream, without the newline. Unlike node:readline, it does not turn the error of a
 * broken connection into an uncaught exception.
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

/**
 * Reads the first line of a stream, and leaves the rest in the stream. The line includes its newline. If there is none,
 * the stream has ended or failed before, or the line is too long.
 */
export function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = Buffer.alloc(0)
    const settle = (line: Buffer, rest: Buffer): void => {
      stream.off('readable', read)
      stream.off('end', ended)
      stream.off('close', ended)
      if (rest.length > 0) stream.unshift(rest)
      resolve(line.toString('utf8'))
    }
    const ended = (): void => {
      settle(text, Buffer.alloc(0))
    }
    const read = (): void => {
      for (let chunk: unknown; (chunk = stream.read()) !== null;) {
        text = Buffer.concat([text, chunk as Buffer])
        const end = text.indexOf('\n') + 1
        if (end === 0 && text.length < longestLine) continue
        const length = end === 0 ? text.length : end
        settle(text.subarray(0, length), text.subarray(length))
        return
      }
    }
    stream.on('readable', read)
    stream.on('end', ended)
    stream.on('close', ended)
  })
}
