import type { IncomingMessage } from 'node:http'
import { parseTarget } from './interceptors'

/** What docker clients do at the moment. */
export class RequestActivity {
  #inFlight = 0
  #waiting = 0

  /** Requests that are not answered to their end yet; streams, as of `docker events`, and attached terminals too. */
  get inFlight(): number {
    return this.#inFlight
  }

  /**
   * Those that use the engine. An editor listens for events all day long, and there are none as long as nobody does
   * anything else.
   */
  get working(): number {
    return this.#inFlight - this.#waiting
  }

  /** Counts one request until the function it returns is called. */
  begin({ method = 'GET', url = '/' }: IncomingMessage): () => void {
    const waits = method === 'GET' && parseTarget(method, url).path === '/events' ? 1 : 0
    this.#inFlight += 1
    this.#waiting += waits
    let ended = false
    return () => {
      if (ended) return
      ended = true
      this.#inFlight -= 1
      this.#waiting -= waits
    }
  }
}
