import type { IncomingMessage } from 'node:http'
import { parseTarget, type ClientRequest } from './interceptors'

/** `docker events`, `docker logs -f`, `docker stats`. */
const listening = /^\/(?:events|(?:containers|services|tasks)\/[^/]+\/(?:logs|stats))$/

/** Whether a request only waits to hear of what happens: as long as nothing runs, nothing does. */
export function isListening({ method, path }: Pick<ClientRequest, 'method' | 'path'>): boolean {
  return method === 'GET' && listening.test(path)
}

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
    const waits = isListening(parseTarget(method, url)) ? 1 : 0
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
