import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Characters. What is longer is cut: a peer that never ends its line must not fill the memory. */
const longestLine = 1_000_000

/**
 * Calls `onLine` with each line of a stream, without its end. Not node:readline, which throws a broken
 * connection's error as an uncaught one.
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
