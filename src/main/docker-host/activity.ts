import { EventEmitter } from 'node:events'

/** Whether docker clients use the engine. `change` is emitted when the number of requests under way changes. */
export class RequestActivity extends EventEmitter<{ change: [inFlight: number] }> {
  #inFlight = 0
  #lastAt = Date.now()

  /** Requests that are not answered to their end yet; streams, as of `docker events`, and attached terminals too. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** When a request last began or ended, milliseconds since the epoch. */
  get lastAt(): number {
    return this.#lastAt
  }

  /** Counts one request until the function it returns is called. */
  begin(): () => void {
    let ended = false
    this.#count(1)
    return () => {
      if (!ended) this.#count(-1)
      ended = true
    }
  }

  #count(difference: 1 | -1): void {
    this.#inFlight += difference
    this.#lastAt = Date.now()
    this.emit('change', this.#inFlight)
  }
}
