import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { within } from '../lib'

/**
 * Looks up the addresses of a name.
 * @throws an error with the resolver's code, such as ENOTFOUND or ENODATA
 */
export type HostLookup = (name: string, family: 4 | 6) => Promise<string[]>

/** Asks the operating system's resolver (getaddrinfo). It may take half a minute, and cannot be cancelled. */
export const systemLookup: HostLookup = async (name, family) => {
  const found = await lookup(name, { family, all: true })
  // getaddrinfo returns a name that is an address unchanged, even when the other family was requested.
  return found.map(({ address }) => address).filter((address) => isIP(address) === family)
}

/**
 * How many names may be looked up simultaneously. libuv gives getaddrinfo at most half of its threads, to leave the
 * others for files. Two of that half stay free for the app's own connections.
 */
export function lookupConcurrency(poolSize: string | undefined): number {
  const threads = Number(poolSize)
  return Math.max(2, Math.floor((Number.isInteger(threads) ? threads : 4) / 2) - 2)
}

export interface LookupQueueOptions {
  /** Takes one of libuv's threads. */
  lookUp: HostLookup
  /**
   * Takes no thread: tried for a name that waits too long for one. Only addresses count; "no such name" does not,
   * because the fallback knows less than the system.
   */
  fallback: HostLookup
  /** How many lookups may run simultaneously. */
  concurrency?: number
  /** How long a name waits before the fallback is tried, milliseconds. */
  fallbackAfterMs?: number
  /** How long a caller waits at most, milliseconds. No client in the machine waits longer than this. */
  timeoutMs?: number
}

/** Limits the lookups that run simultaneously. Slow ones delay no other name; equal ones share one lookup. */
export class LookupQueue {
  readonly #options: Required<LookupQueueOptions>
  readonly #underWay = new Map<string, Promise<string[]>>()
  /** In the order of the calls. Each entry is called when a lookup ends and hands over its slot. */
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: LookupQueueOptions) {
    const concurrency = lookupConcurrency(process.env.UV_THREADPOOL_SIZE)
    this.#options = { concurrency, fallbackAfterMs: 500, timeoutMs: 5_000, ...options }
  }

  /** @throws the error of {@link HostLookup}, or one that says that it took too long */
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

  /** Resolves with undefined once the lookup has a slot, or with the addresses that the fallback found. */
  #waitForSlot(name: string, family: 4 | 6): Promise<string[] | undefined> {
    const { fallback, fallbackAfterMs, timeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const slotIsFree = () => {
        clearTimeout(beforeFallback)
        clearTimeout(limit)
        resolve(undefined)
      }
      /** Leaves the queue; false when it already has a slot. */
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
