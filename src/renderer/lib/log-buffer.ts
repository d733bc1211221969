import type { LogEntry } from '../../shared/sessions'
import { plainStyle, type TerminalStyle } from './terminal-style'
import { columnAfter, splitRows, styleAfter, toColumn, type RowText } from './terminal-text'

/** The number of lines that a log view keeps in memory. */
export const logCapacity = 10_000
/** The number of existing lines that a log view loads when it opens. */
export const logTail = 5_000
/** The most rows that the cursor can move up. Real terminals have fewer rows. */
const screenRows = 200
/** The most characters that the buffer keeps for a row that output overwrites many times. */
const rewrittenLength = 8_192
/** The SGR sequence without parameters, which resets all colours and decorations. */
const plainSequence = `${String.fromCharCode(27)}[0m`

/** The part of a log entry that decides how a terminal shows it. */
export type ShownEntry = Pick<LogEntry, 'stream' | 'text' | 'part'> & { log?: number }

export type LogLine<Entry extends ShownEntry = LogEntry> = Entry & {
  /** The number of the line, and the key of its row. The first line has the number 0, also after a `clear`. */
  readonly number: number
  /** The style at the beginning of the text. */
  readonly style: TerminalStyle
}

/**
 * Keeps the last lines of a log, as a terminal shows them. A line begins in the colour in which the previous line of
 * its stream ended. Output can overwrite earlier lines.
 */
export class LogBuffer<Entry extends ShownEntry = LogEntry> {
  readonly #capacity: number
  readonly #overwrites: boolean
  #lines: LogLine<Entry>[] = []
  #next = 0
  /** The number of the first line after the mark. */
  #markedNext = 0
  /** The number of rows from the cursor down to the row after the last line. */
  #up = 0
  /** The style at the end of each stream. A stream of one of several logs has its own style. */
  #styles = new Map<string, TerminalStyle>()
  /** The styles before the line of `mark`. */
  #marked: Map<string, TerminalStyle> = new Map<string, TerminalStyle>()
  /** The unfinished line of each stream. `lines` has these lines at its end. */
  readonly #open = new Map<string, Entry>()

  /** `overwrites` is false if several logs are mixed, so that none can overwrite the lines of another. */
  constructor(capacity: number, { overwrites = true }: { overwrites?: boolean } = {}) {
    this.#capacity = capacity
    this.#overwrites = overwrites
  }

  get lines(): readonly LogLine<Entry>[] {
    if (this.#open.size === 0) return this.#lines
    const open = [...this.#open.values()].map((entry, index) => this.#line(entry, this.#next + index))
    return [...this.#lines, ...open]
  }

  /** The number of lines that the buffer has discarded. */
  get dropped(): number {
    return this.#next - this.#lines.length
  }

  push(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.part !== 'open') {
        this.#open.delete(streamOf(entry))
        this.#write(entry)
      } else if (entry.text === '') this.#open.delete(streamOf(entry))
      else this.#open.set(streamOf(entry), entry)
    }
    // Discard lines only at one and a half times the capacity, so that the average cost of a new line is constant.
    if (this.#lines.length > this.#capacity * 1.5) this.#lines = this.#lines.slice(-this.#capacity)
  }

  clear(): void {
    this.#lines = []
    this.#open.clear()
    this.#next = 0
    this.#markedNext = 0
    this.#marked = new Map(this.#styles)
    this.#up = 0
  }

  /** Remembers the end of the lines, for `rewind`. */
  mark(): void {
    this.#markedNext = this.#next
    this.#marked = new Map(this.#styles)
  }

  /** Removes the lines since the last `mark`. The caller pushes these lines again. */
  rewind(): void {
    this.#lines = this.#lines.filter((line) => line.number < this.#markedNext)
    this.#next = Math.min(this.#next, this.#markedNext)
    this.#styles = new Map(this.#marked)
    this.#open.clear()
    this.#up = 0
  }

  #style(entry: Entry): TerminalStyle {
    return this.#styles.get(streamOf(entry)) ?? plainStyle
  }

  #line(entry: Entry, number: number): LogLine<Entry> {
    return { ...entry, number, style: this.#style(entry) }
  }

  #write(entry: Entry): void {
    if (!this.#overwrites) {
      this.#lines.push(this.#line(entry, this.#next++))
      this.#styles.set(streamOf(entry), styleAfter(entry.text, this.#style(entry)))
      return
    }
    const [first, ...moved] = splitRows(entry.text)
    if (first === undefined) return
    // If the text begins with a cursor movement, the empty text before the movement needs no row.
    if (first.text !== '' || moved.length === 0) this.#writeRow(entry, first)
    for (const row of moved) this.#writeRow(entry, row)
    this.#up = Math.max(0, this.#up - 1)
  }

  /** Moves the cursor, then writes the text into the cursor's row. */
  #writeRow(entry: Entry, { text, down, keepsColumn, erasesBelow }: RowText): void {
    const from = this.#lines.length - this.#up
    const column = keepsColumn ? columnAfter(this.#lines[from]?.text ?? '') : 0
    const highest = Math.max(0, this.#lines.length - screenRows)
    // Stop at the row after the last line. Unlike a terminal screen, a log has no blank rows below its last line.
    const target = Math.min(Math.max(from + down, highest), Math.max(from, this.#lines.length))
    if (erasesBelow) this.#eraseBelow(target)
    const old = this.#lines[target]
    const isEmptyMove = text === '' && down !== 0
    if (old === undefined && !isEmptyMove) {
      const blank = column === 0 ? '' : toColumn(column)
      this.#lines.push(this.#line({ ...entry, text: blank + text }, this.#next++))
    } else if (old && (text !== '' || down !== 0)) this.#lines[target] = this.#rewritten(old, column, text)
    this.#up = this.#lines.length - target
    this.#styles.set(streamOf(entry), styleAfter(text, this.#style(entry)))
  }

  #rewritten(line: LogLine<Entry>, column: number, text: string): LogLine<Entry> {
    const plain = this.#style(line) === plainStyle ? plainSequence : ''
    const all = line.text + plain + toColumn(column) + text
    // Drop the oldest part of a long row, because later output has probably overwritten it.
    const kept =
      all.length > rewrittenLength ? all.indexOf(plainSequence, all.length - rewrittenLength / 2) : 0
    return { ...line, text: all.slice(Math.max(0, kept)) }
  }

  #eraseBelow(row: number): void {
    for (let index = row + 1; index < this.#lines.length; index++) {
      const line = this.#lines[index]
      if (line) this.#lines[index] = { ...line, text: '' }
    }
  }
}

function streamOf({ stream, log }: ShownEntry): string {
  return log === undefined ? stream : `${stream} ${String(log)}`
}
