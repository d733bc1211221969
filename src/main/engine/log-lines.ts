import type { LogEntry } from '../../shared/sessions'
import type { Frame, OutputStream } from './frames'

/** Bytes. A longer line is split, so that output without newlines cannot take unlimited memory. */
const maxLineBytes = 64 * 1024
/** The engine logs a longer line in parts of this size, in bytes (defaultBufSize in moby's daemon/logger/copier.go). */
const partBytes = 16 * 1024
const newline = 0x0a
const carriageReturn = 0x0d
const space = 0x20
/** `2026-11-20T22:00:00.123456789Z`, or with an offset such as `+09:00`. */
const maxTimestampBytes = 35
const timestampFormat = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** The engine always writes UTC with nine decimals, so that later times are greater as texts too. */
const engineTimestamps = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z(?= )/g

/** The line that a stream has begun and not ended. */
interface PendingLine {
  /** What has not been returned yet. */
  bytes: Buffer
  /** How many bytes of the line have been returned as split entries. */
  returned: number
  /** How many bytes of the line are from the present run of the container. A former run may have left a prompt. */
  ofThisRun: number
  time: number
}

/**
 * Makes log entries from the engine's messages. Each message begins with a timestamp (`timestamps=1`). A line of more
 * than 16 KiB arrives as several messages, each with its own timestamp. The line may be cut inside a character.
 */
export class LogLines {
  readonly #pending: Record<OutputStream, PendingLine> = {
    stdout: { bytes: Buffer.alloc(0), returned: 0, ofThisRun: 0, time: 0 },
    stderr: { bytes: Buffer.alloc(0), returned: 0, ofThisRun: 0, time: 0 },
  }

  /** Adds a message. Returns the lines that are now complete. */
  push({ stream, payload }: Frame): LogEntry[] {
    const line = this.#pending[stream]
    const message = splitTimestamp(payload)
    if (line.bytes.length + line.returned === 0) line.time = message.time ?? line.time
    line.bytes = line.bytes.length === 0 ? message.bytes : Buffer.concat([line.bytes, message.bytes])
    const entries: LogEntry[] = []
    let end = line.bytes.indexOf(newline)
    while (end >= 0) {
      const rest = line.bytes.subarray(end + 1)
      line.bytes = line.bytes.subarray(0, end)
      entries.push(...endLine(line, stream))
      line.bytes = rest
      end = line.bytes.indexOf(newline)
    }
    entries.push(...splitLine(line, stream))
    line.ofThisRun = endsRun(message.bytes) ? 0 : line.ofThisRun + message.bytes.length
    if (line.bytes.length + line.returned === 0) line.ofThisRun = 0
    return entries
  }

  /** The line that a stream has begun and not ended: its bytes, of which the first `returned` are missing. */
  unfinished(stream: OutputStream): Pick<PendingLine, 'bytes' | 'ofThisRun'> {
    return this.#pending[stream]
  }

  /** Call this at the end of the stream. Returns the unfinished lines. */
  end(): LogEntry[] {
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const line = this.#pending[stream]
      return line.bytes.length + line.returned === 0 ? [] : endLine(line, stream)
    })
  }
}

/** The engine logs less than a full part without a newline only when the program has ended. */
function endsRun(message: Buffer): boolean {
  return message.at(-1) !== newline && message.length < partBytes
}

function endLine(line: PendingLine, stream: OutputStream): LogEntry[] {
  const entries = splitLine(line, stream)
  const { bytes, time } = line
  const length = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length
  line.bytes = Buffer.alloc(0)
  line.returned = 0
  line.ofThisRun = 0
  return [...entries, { stream, time, text: bytes.toString('utf8', 0, length) }]
}

/** Takes pieces off a line that is too long. Only the rest of the line stays. */
function splitLine(line: PendingLine, stream: OutputStream): LogEntry[] {
  const entries: LogEntry[] = []
  while (line.bytes.length > maxLineBytes) {
    const end = characterStart(line.bytes, maxLineBytes)
    entries.push({ stream, time: line.time, text: line.bytes.toString('utf8', 0, end), part: 'split' })
    line.bytes = line.bytes.subarray(end)
    line.returned += end
  }
  return entries
}

/** The start of the character that the byte at `index` belongs to. A byte 10xxxxxx continues a character (UTF-8). */
function characterStart(bytes: Buffer, index: number): number {
  let start = index
  while (index - start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1
  return ((bytes[start] ?? 0) & 0xc0) === 0x80 ? index : start
}

/** The timestamp at the beginning of a message, as text. */
export function timestampOf(payload: Buffer): string | undefined {
  const end = payload.subarray(0, maxTimestampBytes + 1).indexOf(space)
  const text = end > 0 ? payload.toString('latin1', 0, end) : ''
  return timestampFormat.test(text) ? text : undefined
}

function splitTimestamp(payload: Buffer): { time?: number; bytes: Buffer } {
  const timestamp = timestampOf(payload)
  if (timestamp === undefined) return { bytes: payload }
  return { time: Date.parse(timestamp), bytes: payload.subarray(timestamp.length + 1) }
}

/** The clocks of the machine and of this computer differ by less than this. */
const clockDifferenceMs = 60_000

/** Bytes. No message of a terminal's log is longer: a part, in which the log driver may have tripled each byte. */
const maxMessageBytes = 3 * partBytes + maxTimestampBytes + 1

/**
 * Splits the log of a terminal, which has no frames, into messages. A message ends with a newline, or it is a part of a
 * longer line: then the next message's timestamp follows directly.
 */
export class RawLines {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Frame[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    let start = 0
    for (let end = messageEnd(bytes); end !== undefined; end = messageEnd(bytes.subarray(start))) {
      frames.push({ stream: 'stdout', payload: bytes.subarray(start, start + end) })
      start += end
    }
    this.#rest = bytes.subarray(start)
    return frames
  }

  /** Call this at the end of the stream. Returns the last, unfinished line. */
  end(): Frame[] {
    const payload = this.#rest
    this.#rest = Buffer.alloc(0)
    return payload.length === 0 ? [] : [{ stream: 'stdout', payload }]
  }
}

/** Where the first message ends. Undefined if its end has not arrived. */
function messageEnd(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(newline) + 1
  const line = end === 0 ? bytes : bytes.subarray(0, end)
  const next = nextRunStart(line) ?? (line.length > partBytes ? nextPartStart(line) : undefined)
  if (next !== undefined) return next
  if (end > 0) return end
  return bytes.length > 2 * maxMessageBytes ? maxMessageBytes : undefined
}

/**
 * Where the next run of the program begins, if the last one has ended without a newline. The engine stamps a message
 * after the program has written it. So a later time inside the message is not the program's text, unless it is a time
 * that is still to come.
 */
function nextRunStart(line: Buffer): number | undefined {
  const timestamp = timestampOf(line)
  if (timestamp === undefined) return undefined
  const latest = Date.now() + clockDifferenceMs
  for (const { 0: found, index } of line.toString('latin1').matchAll(engineTimestamps))
    if (index > 0 && found > timestamp && Date.parse(found) <= latest) return index
  return undefined
}

/**
 * Where the next part of a line begins. Log drivers keep valid text as it is, so that the next timestamp follows after
 * exactly 16 KiB. json-file writes three bytes for each byte that is not UTF-8. There the next timestamp is farther
 * away, but the engine stamps all parts of a line with the same nanosecond.
 */
function nextPartStart(line: Buffer): number | undefined {
  const timestamp = timestampOf(line)
  if (timestamp === undefined) return undefined
  const exact = timestamp.length + 1 + partBytes
  if (timestampOf(line.subarray(exact)) !== undefined) return exact
  const same = line.indexOf(`${timestamp} `, exact)
  return same < 0 ? undefined : same
}
