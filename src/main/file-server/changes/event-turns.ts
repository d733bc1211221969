/**
 * After this many events in one turn, the system's event queue may have overflowed. Node's file watcher does not always
 * report an overflow.
 */
const overflowEvents = 8_192

export interface EventTurnsOptions<T> {
  look: (hasOverflowed: boolean) => T
  report: (seen: T) => void
  /** Called if `look` or `report` throws an error. */
  onError: () => void
}

/**
 * Decides when Berth looks at the files that events have named, and when Berth reports the changes. Before the look,
 * this class waits for all events that the system delivers together, because these contain both halves of a rename.
 * After the look, this class waits for one more turn of the event loop. This turn delivers all events that happened
 * before the look, and these events show how each file got its name.
 */
export class EventTurns<T> {
  readonly #options: EventTurnsOptions<T>
  #isScheduled = false
  #events = 0

  constructor(options: EventTurnsOptions<T>) {
    this.#options = options
  }

  /** Call this method for each event that the system reports. */
  event(): void {
    this.#events++
    this.schedule()
  }

  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      const seen = this.#look()
      setImmediate(() => {
        this.#isScheduled = false
        if (seen)
          this.#orError(() => {
            this.#options.report(seen.result)
          })
        if (this.#events > 0) this.schedule()
      })
    })
  }

  #look(): { result: T } | undefined {
    const hasOverflowed = this.#events > overflowEvents
    this.#events = 0
    return this.#orError(() => ({ result: this.#options.look(hasOverflowed) }))
  }

  #orError<R>(act: () => R): R | undefined {
    try {
      return act()
    } catch {
      this.#options.onError()
      return undefined
    }
  }
}
