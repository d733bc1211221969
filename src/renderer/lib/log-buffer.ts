import type { LogEntry } from '../../shared/sessions'

/** The number of lines that a log view keeps. */
export const logCapacity = 10_000
/** The number of earlier lines that a log view begins with. */
export const logTail = 5_000

export interface LogLine extends LogEntry {
  /** Counts up from 0 until the buffer is cleared: the key of a row. */
  readonly number: number
}

/** The last lines of a log. */
export class LogBuffer {
  readonly #capacity: number
  #lines: LogLine[] = []
  #next = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get lines(): readonly LogLine[] {
    return this.#lines
  }

  /** The number of lines that the buffer has discarded. */
  get dropped(): number {
    return this.#next - this.#lines.length
  }

  push(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#lines.push({ ...entry, number: this.#next++ })
    // Cutting at one and a half times the capacity keeps the cost of a line constant.
    if (this.#lines.length > this.#capacity * 1.5) this.#lines = this.#lines.slice(-this.#capacity)
  }

  clear(): void {
    this.#lines = []
    this.#next = 0
  }
}
