import { timestampOf } from './log-lines'
import type { Frame } from './frames'

/**
 * How far a log has been read: the engine can go on from a time, which several messages may share, so those of the
 * last one that are known already are counted.
 */
export class LogPosition {
  #last: string | undefined
  #count = 0
  /** Messages of the last timestamp that come once more. */
  #repeated = 0

  /** The engine's `since` for the rest, in seconds with nine decimals; undefined when nothing was read yet. */
  get since(): string | undefined {
    if (this.#last === undefined) return undefined
    const [, fraction = ''] = /\.(\d+)/.exec(this.#last) ?? []
    return `${String(Math.floor(Date.parse(this.#last) / 1000))}.${fraction.padEnd(9, '0')}`
  }

  /** The log is read once more, from `since`. */
  goOn(): void {
    this.#repeated = this.#count
  }

  /** False for a message that was read before. */
  take({ payload }: Frame): boolean {
    const timestamp = timestampOf(payload)
    if (timestamp === undefined) return true
    if (timestamp !== this.#last) {
      this.#last = timestamp
      this.#count = 0
      this.#repeated = 0
    } else if (this.#repeated > 0) {
      this.#repeated -= 1
      return false
    }
    this.#count += 1
    return true
  }
}
