import type { LogEntry } from '../../shared/sessions'

export interface LogLine extends LogEntry {
  /** Counts up from 0 over the whole life of the ring: the key of a row. */
  readonly number: number
}

/** The last `capacity` lines of a log. */
export class LogRing {
  #lines: LogLine[] = []
  #next = 0

  constructor(readonly capacity: number) {}

  get lines(): readonly LogLine[] {
    return this.#lines
  }

  /** How many lines have been let go. */
  get dropped(): number {
    return this.#next - this.#lines.length
  }

  push(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#lines.push({ ...entry, number: this.#next++ })
    // Cutting at one and a half times the capacity keeps the cost of a line constant.
    if (this.#lines.length > this.capacity * 1.5) this.#lines = this.#lines.slice(-this.capacity)
  }

  clear(): void {
    this.#lines = []
    this.#next = 0
  }
}
