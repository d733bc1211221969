import { TextDecoder } from 'node:util'
import type { LogEntry } from '../../shared/sessions'
import type { Frame, OutputStream } from './frames'

/** A longer line is split, so that output without newlines cannot take unlimited memory. */
const maxLineLength = 64 * 1024
const newline = 0x0a
const space = 0x20
/** `2026-11-20T22:00:00.123456789Z`, or with an offset such as `+09:00`. */
const maxTimestampBytes = 35

interface PendingLine {
  decoder: TextDecoder
  text: string
  time: number
}

/**
 * Makes log entries from the engine's messages. Each message begins with a timestamp (`timestamps=1`). A line of more
 * than 16 KiB arrives as several messages, each with its own timestamp. The line may be cut inside a character.
 */
export class LogLines {
  readonly #pending: Record<OutputStream, PendingLine> = {
    stdout: { decoder: new TextDecoder(), text: '', time: 0 },
    stderr: { decoder: new TextDecoder(), text: '', time: 0 },
  }

  /** Adds a message. Returns the lines that are now complete. */
  push({ stream, payload }: Frame): LogEntry[] {
    const line = this.#pending[stream]
    const message = splitTimestamp(payload)
    if (line.text === '') line.time = message.time ?? line.time
    line.text += line.decoder.decode(message.bytes, { stream: true })
    return takeLines(line, stream)
  }

  /** Call this at the end of the stream. Returns the unfinished lines. */
  end(): LogEntry[] {
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const line = this.#pending[stream]
      line.text += line.decoder.decode()
      const entries = takeLines(line, stream)
      if (line.text !== '') entries.push(entry(line, stream, line.text))
      line.text = ''
      return entries
    })
  }
}

function takeLines(line: PendingLine, stream: OutputStream): LogEntry[] {
  const entries: LogEntry[] = []
  let end = line.text.indexOf('\n')
  while (end >= 0) {
    entries.push(entry(line, stream, line.text.slice(0, end)))
    line.text = line.text.slice(end + 1)
    end = line.text.indexOf('\n')
  }
  while (line.text.length > maxLineLength) {
    entries.push(entry(line, stream, line.text.slice(0, maxLineLength)))
    line.text = line.text.slice(maxLineLength)
  }
  return entries
}

function entry(line: PendingLine, stream: OutputStream, text: string): LogEntry {
  return { stream, time: line.time, text: text.endsWith('\r') ? text.slice(0, -1) : text }
}

/** The timestamp at the beginning of a message, as text. */
export function timestampOf(payload: Buffer): string | undefined {
  const end = payload.subarray(0, maxTimestampBytes + 1).indexOf(space)
  const text = end > 0 ? payload.toString('latin1', 0, end) : ''
  return Number.isNaN(Date.parse(text)) ? undefined : text
}

function splitTimestamp(payload: Buffer): { time?: number; bytes: Buffer } {
  const timestamp = timestampOf(payload)
  if (timestamp === undefined) return { bytes: payload }
  return { time: Date.parse(timestamp), bytes: payload.subarray(timestamp.length + 1) }
}

/** Splits the log of a container with a terminal into messages of one line. Such a log has no frames. */
export class RawLines {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Frame[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    let start = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      frames.push({ stream: 'stdout', payload: bytes.subarray(start, end + 1) })
      start = end + 1
    }
    this.#rest = bytes.subarray(start)
    if (this.#rest.length > maxLineLength) frames.push(...this.end())
    return frames
  }

  /** Call this at the end of the stream. Returns the last, unfinished line. */
  end(): Frame[] {
    const payload = this.#rest
    this.#rest = Buffer.alloc(0)
    return payload.length === 0 ? [] : [{ stream: 'stdout', payload }]
  }
}
