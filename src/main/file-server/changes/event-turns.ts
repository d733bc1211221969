/** After this many events in one turn, the system's event queue may have overflowed. No system reports that. */
const overflowEvents = 8_192

export interface EventTurnsOptions<T> {
  look: (hasOverflowed: boolean) => T
  report: (seen: T) => void
  /** `look` or `report` has thrown an error. */
  onError: () => void
}

/**
 * Decides when to look at the files that events have named, and when to report what was seen. It waits for all events
 * that the system has delivered together, because they contain both halves of a rename. After the look it waits for one
 * more turn of the event loop: that turn delivers every event that had happened before the look, so it is known how
 * each file got its name.
 */
export class EventTurns<T> {
  readonly #options: EventTurnsOptions<T>
  #isScheduled = false
  #events = 0

  constructor(options: EventTurnsOptions<T>) {
    this.#options = options
  }

  /** The system has reported an event. */
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
