import { TextDecoder } from 'node:util'
import type { LogEntry } from '../../shared/sessions'
import type { OutputStream } from './frames'
import type { LogLines } from './log-lines'
import type { UnfinishedLines } from './output-watches'

/** Characters. Of a longer unfinished line, only the end is shown. */
const maxLength = 4_096
/** A terminal shows the text after a line's last \r. If an earlier text was longer, its end stays visible. */
const shownOverwrites = 3
const streams = ['stdout', 'stderr'] as const

/**
 * Decides which open entries a log needs. An open entry shows the unfinished line of a stream, or removes an open line
 * that has ended.
 */
export class OpenLines {
  readonly #lines: LogLines
  readonly #live: UnfinishedLines
  readonly #shown = new Map<OutputStream, LogEntry>()

  /** `lines` has the beginning of a long line, which the log already contains. `live` has the rest of the line. */
  constructor(lines: LogLines, live: UnfinishedLines) {
    this.#lines = lines
    this.#live = live
  }

  /** The log has returned these entries. They have replaced the open entries of their streams. */
  replaced(entries: readonly LogEntry[]): void {
    for (const { stream } of entries) this.#shown.delete(stream)
  }

  /** The open entries that have changed. */
  changes(): LogEntry[] {
    return streams.flatMap((stream) => this.#show(stream, this.#text(stream)))
  }

  /** Removes the open lines that the log has not replaced. */
  end(): LogEntry[] {
    return streams.flatMap((stream) => this.#show(stream, ''))
  }

  #show(stream: OutputStream, text: string): LogEntry[] {
    const shown = this.#shown.get(stream)
    if (text === (shown?.text ?? '')) return []
    const entry: LogEntry = { stream, time: shown?.time ?? Date.now(), text, part: 'open' }
    if (text === '') this.#shown.delete(stream)
    else this.#shown.set(stream, entry)
    return [entry]
  }

  #text(stream: OutputStream): string {
    const { bytes, ofThisRun } = this.#lines.unfinished(stream)
    const rest = this.#live.after(stream, ofThisRun)
    // With `stream`, the decoder holds back a character that is not complete.
    return shownPart(new TextDecoder().decode(Buffer.concat([bytes, rest]), { stream: true }))
  }
}

/**
 * Progress bars overwrite their line again and again. Returns only the last texts, because the others are not visible.
 */
function shownPart(text: string): string {
  let start = text.length
  for (let round = 0; round < shownOverwrites && start > 0; round++) start = text.lastIndexOf('\r', start - 1)
  start = Math.max(start, text.length - maxLength, 0)
  // The second half of a character outside of the basic plane.
  return /^[\uDC00-\uDFFF]/.test(text.slice(start, start + 1)) ? text.slice(start + 1) : text.slice(start)
}
