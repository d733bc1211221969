import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { within } from '../lib'

/**
 * Looks up the addresses of a name.
 * @throws an error with the resolver's code, such as ENOTFOUND or ENODATA
 */
export type HostLookup = (name: string, family: 4 | 6) => Promise<string[]>

/** Asks the operating system's resolver (getaddrinfo). A lookup may take half a minute, and cannot be cancelled. */
export const systemLookup: HostLookup = async (name, family) => {
  const found = await lookup(name, { family, all: true })
  // If the name is an address, getaddrinfo returns that address, even if the other family was requested.
  return found.map(({ address }) => address).filter((address) => isIP(address) === family)
}

/**
 * Returns how many lookups may run simultaneously. libuv gives getaddrinfo at most half of its threads, and keeps the
 * other threads for files. With eight threads or more, two of the threads for getaddrinfo stay free for Berth's own
 * connections.
 */
export function lookupConcurrency(poolSize: string | undefined): number {
  const threads = Number(poolSize)
  return Math.max(2, Math.floor((Number.isInteger(threads) ? threads : 4) / 2) - 2)
}

export interface LookupQueueOptions {
  /** The normal lookup. Each call occupies one of libuv's threads. */
  lookUp: HostLookup
  /**
   * A lookup that occupies no thread. The queue tries the fallback if a name waits too long for a thread. Only
   * addresses count as a result. "No such name" does not count, because the fallback knows less than the system.
   */
  fallback: HostLookup
  /** How many lookups may run simultaneously. */
  concurrency?: number
  /** Milliseconds that a name waits before the queue tries the fallback. */
  fallbackAfterMs?: number
  /** The most milliseconds that a caller waits. Clients in the machine have given up by then. */
  timeoutMs?: number
}

/**
 * Limits how many lookups run simultaneously. If slow lookups use all threads, the fallback answers the other names.
 * Equal lookups share one call.
 */
export class LookupQueue {
  readonly #options: Required<LookupQueueOptions>
  readonly #underWay = new Map<string, Promise<string[]>>()
  /** Functions that each start a waiting lookup, in the order of the calls. A lookup that ends calls the first one. */
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: LookupQueueOptions) {
    const concurrency = lookupConcurrency(process.env.UV_THREADPOOL_SIZE)
    this.#options = { concurrency, fallbackAfterMs: 500, timeoutMs: 5_000, ...options }
  }

  /** @throws the error of {@link HostLookup}, or an error if the lookup took too long */
  readonly lookUp: HostLookup = (name, family) => {
    const key = `${family} ${name.toLowerCase()}`
    const underWay = this.#underWay.get(key) ?? this.#begin(key, name, family)
    return within(underWay, this.#options.timeoutMs, () => tookTooLong(name))
  }

  #begin(key: string, name: string, family: 4 | 6): Promise<string[]> {
    const found = this.#find(name, family).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, found)
    return found
  }

  async #find(name: string, family: 4 | 6): Promise<string[]> {
    if (this.#running >= this.#options.concurrency) {
      const found = await this.#waitForSlot(name, family)
      if (found !== undefined) return found
    } else {
      this.#running += 1
    }
    try {
      return await this.#options.lookUp(name, family)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  /** Resolves with undefined when the lookup has a slot, or with the addresses that the fallback has found. */
  #waitForSlot(name: string, family: 4 | 6): Promise<string[] | undefined> {
    const { fallback, fallbackAfterMs, timeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const slotIsFree = () => {
        clearTimeout(beforeFallback)
        clearTimeout(limit)
        resolve(undefined)
      }
      /** Leaves the queue. Returns false if the lookup already has a slot. */
      const leave = () => {
        const index = this.#waiting.indexOf(slotIsFree)
        if (index >= 0) this.#waiting.splice(index, 1)
        return index >= 0
      }
      const beforeFallback = setTimeout(() => {
        const use = (found: string[]) => {
          if (found.length === 0 || !leave()) return
          clearTimeout(limit)
          resolve(found)
        }
        fallback(name, family).then(use, () => undefined)
      }, fallbackAfterMs)
      const limit = setTimeout(() => {
        if (leave()) reject(tookTooLong(name))
      }, timeoutMs)
      this.#waiting.push(slotIsFree)
    })
  }
}

function tookTooLong(name: string): Error {
  return new Error(`the host took too long to look up ${name}`)
}
