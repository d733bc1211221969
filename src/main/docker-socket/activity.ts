import type { IncomingMessage } from 'node:http'
import { parseTarget, type ClientRequest } from './interceptor'

/** `docker events`, `docker logs -f`, `docker stats`. */
const listening = /^\/(?:events|(?:containers|services|tasks)\/[^/]+\/(?:logs|stats))$/

/** True for requests that only listen (`events`, `logs -f`): they need not keep an idle machine awake. */
export function isListening({ method, path }: Pick<ClientRequest, 'method' | 'path'>): boolean {
  return method === 'GET' && listening.test(path)
}

/** Counts the requests of docker clients that are under way. */
export class RequestActivity {
  #inFlight = 0
  #waiting = 0

  /** Requests without a complete answer yet, including streams (`docker events`) and attached terminals. */
  get inFlight(): number {
    return this.#inFlight
  }

  /**
   * Those that use the engine. An editor may listen for events all day, but without other requests there are none.
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
