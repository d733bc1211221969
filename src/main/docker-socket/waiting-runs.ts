import type { TimelineRecorder } from '../timelines'

/** How many runs may wait for their pull or start. */
const waitingLimit = 50

/**
 * Runs that wait for another request of their client, the oldest first. Their client may never send it, so a run ends
 * after a time: `docker create` pulls an image, and starts nothing. Several clients may run the same image
 * simultaneously, so a key may occur several times.
 */
export class WaitingRuns {
  readonly #limitMs: number
  readonly #runs: { key: string; run: TimelineRecorder; timer: NodeJS.Timeout }[] = []

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  put(key: string, run: TimelineRecorder): void {
    const timer = setTimeout(() => {
      this.#remove((waiting) => waiting.run === run)?.end()
    }, this.#limitMs)
    timer.unref()
    this.#runs.push({ key, run, timer })
    if (this.#runs.length > waitingLimit) this.#remove(() => true)?.end()
  }

  keyOf(condition: (run: TimelineRecorder) => boolean): string | undefined {
    return this.#runs.find(({ run }) => condition(run))?.key
  }

  /** Removes the oldest run with a key that meets a condition. */
  take(
    key: string,
    condition: (run: TimelineRecorder) => boolean = () => true,
  ): TimelineRecorder | undefined {
    return this.#remove((waiting) => waiting.key === key && condition(waiting.run))
  }

  #remove(
    condition: (waiting: { key: string; run: TimelineRecorder }) => boolean,
  ): TimelineRecorder | undefined {
    const index = this.#runs.findIndex(condition)
    const [waiting] = index === -1 ? [] : this.#runs.splice(index, 1)
    clearTimeout(waiting?.timer)
    return waiting?.run
  }
}
