import type { LogEntry } from '../../shared/sessions'
import type { Frame, OutputStream } from './frames'

/** Bytes. A longer line is split, so that output without newlines cannot take unlimited memory. */
const maxLineBytes = 64 * 1024
/** The engine logs a longer line in parts of this size, in bytes (defaultBufSize in moby's daemon/logger/copier.go). */
const partBytes = 16 * 1024
const newline = 0x0a
const carriageReturn = 0x0d
const space = 0x20
/** `2026-11-20T22:00:00.123456789Z`. `timestampFormat` also allows an offset such as `+09:00`. */
const maxTimestampBytes = 35
const timestampFormat = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** The engine always writes UTC with nine decimals, so a later time is also greater in a comparison of texts. */
const engineTimestamps = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z(?= )/g

/** The unfinished line of a stream. */
interface PendingLine {
  /** The bytes that have not been returned yet. */
  bytes: Buffer
  /** How many bytes of the line have been returned as split entries. */
  returned: number
  /** How many bytes of the line are from the present run of the container. A former run may have left a prompt. */
  ofThisRun: number
  time: number
}

/**
 * Makes log entries from the engine's messages. Each message begins with a timestamp (`timestamps=1`). A line of more
 * than 16 KiB arrives as several messages, and each begins with the line's timestamp. The line may be cut inside a
 * character.
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

  /** The unfinished line of a stream. Its `bytes` lack the beginning that was already returned as split entries. */
  unfinished(stream: OutputStream): Pick<PendingLine, 'bytes' | 'ofThisRun'> {
    return this.#pending[stream]
  }

  /** True if no line is unfinished. */
  get areWhole(): boolean {
    return Object.values(this.#pending).every(({ bytes, returned }) => bytes.length + returned === 0)
  }

  /** Call this at the end of the stream. Returns the unfinished lines. */
  end(): LogEntry[] {
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const line = this.#pending[stream]
      return line.bytes.length + line.returned === 0 ? [] : endLine(line, stream)
    })
  }
}

/**
 * True if the program has ended. Only then does the engine log a message that has no newline and is shorter than a full
 * part.
 */
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

/** Splits a line that is too long. Returns the pieces, and leaves only the rest in `line`. */
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

/** The clocks of the machine and of this computer differ by less than this many milliseconds. */
const clockDifferenceMs = 60_000

/** The largest message of a terminal's log, in bytes: a full part in which the log driver has tripled each byte. */
const maxMessageBytes = 3 * partBytes + maxTimestampBytes + 1

/**
 * Splits the log of a terminal, which has no frames, into messages. A message ends with a newline, unless its line
 * continues in the next message or the program has ended. The next message's timestamp then follows directly.
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

/** The offset at which the first message ends. Undefined if its end has not arrived. */
function messageEnd(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(newline) + 1
  const line = end === 0 ? bytes : bytes.subarray(0, end)
  const next = nextRunStart(line) ?? (line.length > partBytes ? nextPartStart(line) : undefined)
  if (next !== undefined) return next
  if (end > 0) return end
  return bytes.length > 2 * maxMessageBytes ? maxMessageBytes : undefined
}

/**
 * The offset at which the next run of the program begins, if the last run has ended without a newline. The engine
 * stamps a message after the program has written it. So a program can only know a later time if it prints a time in the
 * future. Any other later time is the timestamp of the next message.
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
 * The offset at which the next part of a line begins. Log drivers do not change valid UTF-8, so the next timestamp
 * follows after exactly 16 KiB. The driver json-file writes three bytes for each invalid byte. In that case the next
 * timestamp comes later. It equals the first timestamp, because the engine stamps all parts of a line with the same
 * nanosecond.
 */
function nextPartStart(line: Buffer): number | undefined {
  const timestamp = timestampOf(line)
  if (timestamp === undefined) return undefined
  const exact = timestamp.length + 1 + partBytes
  if (timestampOf(line.subarray(exact)) !== undefined) return exact
  const same = line.indexOf(`${timestamp} `, exact)
  return same < 0 ? undefined : same
}
