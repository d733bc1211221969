import type { LogRecord } from '../../shared/logs'

/** Bytes. The engine splits a longer line into parts of this size (defaultBufSize, moby's daemon/logger/copier.go). */
const partBytes = 16 * 1024

/**
 * Parses a line `LOG POSITION SIZE {record}` of the log reader's output. The record is one line of the engine's JSON
 * file. Undefined if the record is not valid, for example after a crash of the machine.
 */
export function parseRecord(line: string): LogRecord | undefined {
  const first = line.indexOf(' ')
  const second = line.indexOf(' ', first + 1)
  const third = line.indexOf(' ', second + 1)
  const position = Number(line.slice(first + 1, second))
  const next = position + Number(line.slice(second + 1, third))
  const content = recordContent(line.slice(third + 1))
  if (content === undefined) return undefined
  const { text, stream, time } = content
  const record: LogRecord = { log: Number(line.slice(0, first)), position, next, time, stream, text }
  if (text.endsWith('\n')) record.text = text.slice(0, text.endsWith('\r\n') ? -2 : -1)
  // A shorter text without a newline is the last output of a program.
  else if (Buffer.byteLength(text) >= partBytes) record.continues = true
  return record
}

function recordContent(
  json: string,
): { text: string; stream: LogRecord['stream']; time: number } | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('time' in value)) return undefined
  const text = 'log' in value && typeof value.log === 'string' ? value.log : ''
  const stream = 'stream' in value && value.stream === 'stderr' ? 'stderr' : 'stdout'
  const time = typeof value.time === 'string' ? Date.parse(value.time) : NaN
  return Number.isNaN(time) ? undefined : { text, stream, time }
}
