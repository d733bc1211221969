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

export interface LogLine extends LogEntry {
  /** The number of the line, and the key of its row. The first line has the number 0, also after a `clear`. */
  readonly number: number
  /** The style at the beginning of the text. */
  readonly style: TerminalStyle
}

/**
 * Keeps the last lines of a log, as a terminal shows them. A line begins in the colour in which the previous line of
 * its stream ended. Output can overwrite earlier lines.
 */
export class LogBuffer {
  readonly #capacity: number
  #lines: LogLine[] = []
  #next = 0
  /** The number of rows from the cursor down to the row after the last line. */
  #up = 0
  readonly #styles: Record<LogEntry['stream'], TerminalStyle> = { stdout: plainStyle, stderr: plainStyle }
  /** The unfinished line of each stream. `lines` has these lines at its end. */
  readonly #open = new Map<LogEntry['stream'], LogEntry>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get lines(): readonly LogLine[] {
    if (this.#open.size === 0) return this.#lines
    const open = [...this.#open.values()].map((entry, index) => this.#line(entry, this.#next + index))
    return [...this.#lines, ...open]
  }

  /** The number of lines that the buffer has discarded. */
  get dropped(): number {
    return this.#next - this.#lines.length
  }

  push(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.part !== 'open') {
        this.#open.delete(entry.stream)
        this.#write(entry)
      } else if (entry.text === '') this.#open.delete(entry.stream)
      else this.#open.set(entry.stream, entry)
    }
    // Discard lines only at one and a half times the capacity, so that the average cost of a new line is constant.
    if (this.#lines.length > this.#capacity * 1.5) this.#lines = this.#lines.slice(-this.#capacity)
  }

  clear(): void {
    this.#lines = []
    this.#open.clear()
    this.#next = 0
    this.#up = 0
  }

  /** Removes the line `number` and all later lines. The caller pushes these lines again. */
  rewind(number: number): void {
    this.#lines = this.#lines.filter((line) => line.number < number)
    this.#next = Math.min(this.#next, number)
    this.#open.clear()
    this.#up = 0
  }

  /** The number of the next line. */
  get next(): number {
    return this.#next
  }

  #line(entry: LogEntry, number: number): LogLine {
    return { ...entry, number, style: this.#styles[entry.stream] }
  }

  #write(entry: LogEntry): void {
    const [first, ...moved] = splitRows(entry.text)
    if (first === undefined) return
    // If the text begins with a cursor movement, the empty text before the movement needs no row.
    if (first.text !== '' || moved.length === 0) this.#writeRow(entry, first)
    for (const row of moved) this.#writeRow(entry, row)
    this.#up = Math.max(0, this.#up - 1)
  }

  /** Moves the cursor, then writes the text into the cursor's row. */
  #writeRow(entry: LogEntry, { text, down, keepsColumn, erasesBelow }: RowText): void {
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
    this.#styles[entry.stream] = styleAfter(text, this.#styles[entry.stream])
  }

  #rewritten(line: LogLine, column: number, text: string): LogLine {
    const plain = this.#styles[line.stream] === plainStyle ? plainSequence : ''
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
