import type { LogEntry } from '../../shared/sessions'
import { plainStyle, type TerminalStyle } from './terminal-style'
import { columnAfter, splitRows, styleAfter, toColumn, type RowText } from './terminal-text'

/** The number of lines that a log view keeps. */
export const logCapacity = 10_000
/** The number of earlier lines that a log view begins with. */
export const logTail = 5_000
/** Rows that a cursor can go up: more than a terminal has. */
const screenRows = 200
/** Characters of a row that is written again and again. */
const rewrittenLength = 8_192
/** Without parameters, the sequence ends all colours and decorations. */
const plainSequence = `${String.fromCharCode(27)}[0m`

export interface LogLine extends LogEntry {
  /** Counts up from 0 until the buffer is cleared: the key of a row. */
  readonly number: number
  /** The style that its text begins with. */
  readonly style: TerminalStyle
}

/**
 * The last lines of a log, as a terminal has them: a line can begin in the colour of the one before, and output can
 * overwrite earlier lines.
 */
export class LogBuffer {
  readonly #capacity: number
  #lines: LogLine[] = []
  #next = 0
  /** How many rows the cursor is above the row after the last line. */
  #up = 0
  readonly #styles: Record<LogEntry['stream'], TerminalStyle> = { stdout: plainStyle, stderr: plainStyle }
  /** The lines that have not ended. They follow all others. */
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
    // Cutting at one and a half times the capacity keeps the cost of a line constant.
    if (this.#lines.length > this.#capacity * 1.5) this.#lines = this.#lines.slice(-this.#capacity)
  }

  clear(): void {
    this.#lines = []
    this.#open.clear()
    this.#next = 0
    this.#up = 0
  }

  /** Removes the line `number` and all later ones: they will be pushed again. */
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
    // Output that first moves the cursor does not need a row of its own.
    if (first.text !== '' || moved.length === 0) this.#writeRow(entry, first)
    for (const row of moved) this.#writeRow(entry, row)
    this.#up = Math.max(0, this.#up - 1)
  }

  /** Writes into the row of the cursor, and leaves the cursor there. */
  #writeRow(entry: LogEntry, { text, down, keepsColumn, erasesBelow }: RowText): void {
    const from = this.#lines.length - this.#up
    const column = keepsColumn ? columnAfter(this.#lines[from]?.text ?? '') : 0
    const highest = Math.max(0, this.#lines.length - screenRows)
    // Not below the row after the last one: a log has no blank rows there, as a screen has.
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
    // All that is older has been overwritten, most likely.
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
