import type { IncomingMessage } from 'node:http'
import { parseTarget, type ClientRequest } from './interceptor'

/** The paths that `docker events`, `docker logs -f` and `docker stats` request. */
const listening = /^\/(?:events|(?:containers|services|tasks)\/[^/]+\/(?:logs|stats))$/

/** Whether a request only listens (`events`, `logs -f`). These requests need not keep an idle machine awake. */
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
   * The requests that make the engine work. Requests that only listen do not count. For example, an editor may listen
   * for events all day while the engine has nothing to do.
   */
  get working(): number {
    return this.#inFlight - this.#waiting
  }

  /** Counts one request until the caller calls the returned function. */
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
