import type { LogBounds, LogPage, LogPositions, LogRecord } from '../../shared/logs'
import { LogBuffer, type LogLine } from './log-buffer'

/** The most lines in the page. A view of millions of lines holds only this part of them. */
export const windowLines = 6_000

/** A line of a view. `key` stays the same when the view loads more lines. */
export type LogRow = LogLine<LogRecord> & { readonly key: string }

/**
 * The part of some logs that a view holds, between two positions. It grows in both directions. When it exceeds its
 * capacity, it forgets lines at the other end.
 */
export class LogWindow {
  readonly #capacity: number
  #lines: LogRecord[] = []
  #rows: readonly LogRow[] | undefined
  /** Shows the lines. It is made again after lines were added before the first. */
  #buffer: LogBuffer<LogRecord> | undefined
  #start: LogPositions = []
  #end: LogPositions = []
  #bounds: LogBounds = []
  #atStart = false
  #atEnd = false

  constructor(capacity: number = windowLines) {
    this.#capacity = capacity
  }

  /** The rows as a terminal shows them. */
  get rows(): readonly LogRow[] {
    this.#rows ??= this.#makeRows()
    return this.#rows
  }

  get lines(): readonly LogRecord[] {
    return this.#lines
  }

  /** Where the lines begin and end in each log. */
  get start(): LogPositions {
    return this.#start
  }
  get end(): LogPositions {
    return this.#end
  }

  /** The ends of the logs at the last call. */
  get ends(): LogPositions {
    return this.#bounds.map(({ end }) => end)
  }

  /** True if there is no older line. */
  get atStart(): boolean {
    return this.#atStart
  }
  /** True if there was no newer line at the last call. */
  get atEnd(): boolean {
    return this.#atEnd
  }

  /** The bytes of the logs that are newer than the lines. */
  get bytesAfter(): number {
    return sum(this.#bounds.map(({ end }, log) => Math.max(0, end - (this.#end[log] ?? end))))
  }

  /** The part of the logs that is older than a row, by bytes: 0 to 1. */
  partBefore(rowIndex: number): number {
    const total = sum(this.#bounds.map(({ first, end }) => end - first))
    if (total === 0) return 0
    const before = sum(this.#bounds.map(({ first }, log) => Math.max(0, (this.#start[log] ?? first) - first)))
    const inside = sum(this.#end.map((end, log) => end - (this.#start[log] ?? end)))
    const share = this.rows.length === 0 ? 0 : rowIndex / this.rows.length
    return Math.min(1, (before + inside * share) / total)
  }

  /** Replaces the lines by lines before and after the same positions. */
  reset(older: LogPage, newer: LogPage): void {
    this.#lines = [...older.lines, ...newer.lines]
    this.#start = older.positions
    this.#end = newer.positions
    this.#bounds = newer.bounds
    this.#atStart = older.atStart
    this.#atEnd = newer.atEnd
    this.#rebuild()
  }

  /** Adds older lines. */
  prepend(page: LogPage): void {
    this.#lines = [...page.lines, ...this.#lines]
    this.#start = page.positions
    this.#bounds = page.bounds
    this.#atStart = page.atStart
    const dropped = this.#lines.splice(this.#capacity)
    for (const line of dropped.reverse()) this.#end = replaced(this.#end, line.log, line.position)
    if (dropped.length > 0) this.#atEnd = false
    this.#rebuild()
  }

  /** Adds newer lines. */
  append(page: LogPage): void {
    this.#end = page.positions
    this.#bounds = page.bounds
    this.#atEnd = page.atEnd
    if (page.lines.length === 0) return
    this.#lines.push(...page.lines)
    this.#rows = undefined
    this.#buffer?.push(page.lines)
    // Drop lines only at one and a half times the capacity, so that the average cost of a new line is constant.
    if (this.#lines.length <= this.#capacity * 1.5) return
    const dropped = this.#lines.splice(0, this.#lines.length - this.#capacity)
    for (const line of dropped) this.#start = replaced(this.#start, line.log, line.next)
    this.#atStart = false
    this.#rebuild()
  }

  /** Forgets all lines. The next line will be the first. */
  clear(): void {
    this.#lines = []
    this.#start = this.#end
    this.#atStart = false
    this.#rebuild()
  }

  #rebuild(): void {
    this.#buffer = undefined
    this.#rows = undefined
  }

  #makeRows(): LogRow[] {
    if (this.#buffer === undefined) {
      this.#buffer = new LogBuffer<LogRecord>(Infinity, { overwrites: this.#start.length === 1 })
      this.#buffer.push(this.#lines)
    }
    const rows: LogRow[] = []
    let [lastPosition, lastLog, repeated] = [-1, -1, 0]
    for (const line of this.#buffer.lines) {
      repeated = line.position === lastPosition && line.log === lastLog ? repeated + 1 : 0
      ;[lastPosition, lastLog] = [line.position, line.log]
      rows.push({ ...line, key: `${String(line.log)}:${String(line.position)}:${String(repeated)}` })
    }
    return rows
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function replaced(positions: LogPositions, log: number, position: number): LogPositions {
  return positions.map((old, index) => (index === log ? position : old))
}
