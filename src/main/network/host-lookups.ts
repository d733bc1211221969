import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { within } from '../lib'

/** The addresses of a name; rejects with the resolver's code, ENOTFOUND and ENODATA among them. */
export type HostLookup = (name: string, family: 4 | 6) => Promise<string[]>

/** What the operating system's own resolver says (getaddrinfo). It may take half a minute, and cannot be ended. */
export const systemLookup: HostLookup = async (name, family) => {
  const found = await lookup(name, { family, all: true })
  // A name that is an address stands for itself, whatever family was asked for.
  return found.map(({ address }) => address).filter((address) => isIP(address) === family)
}

/**
 * How many names may be looked up at once. libuv gives getaddrinfo half of its threads at most, so that files are
 * always served; of these, some are left for the app's own connections.
 */
export function lookupsAtOnce(poolSize: string | undefined): number {
  const threads = Number(poolSize)
  return Math.max(2, Math.floor((Number.isInteger(threads) ? threads : 4) / 2) - 2)
}

export interface HostLookupsOptions {
  lookUp: HostLookup
  /** Needs no thread: asked for a name that waits for one. Only addresses count, for it knows less than the system. */
  instead: HostLookup
  atOnce?: number
  /** After which a name that waits is asked for instead, milliseconds. */
  patienceMs?: number
  /** After which a question goes without its answer, milliseconds; nobody in the machine waits longer than this. */
  answerMs?: number
}

/** Looks names up on the host so that those that hang hold up no other. Equal questions are one. */
export class HostLookups {
  readonly #options: Required<HostLookupsOptions>
  readonly #underWay = new Map<string, Promise<string[]>>()
  /** In the order in which they came: each is called when a lookup has ended, and its place is free. */
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: HostLookupsOptions) {
    const atOnce = lookupsAtOnce(process.env.UV_THREADPOOL_SIZE)
    this.#options = { atOnce, patienceMs: 500, answerMs: 5_000, ...options }
  }

  /** Rejects as {@link HostLookup} does, and when it takes too long. */
  readonly lookUp: HostLookup = (name, family) => {
    const key = `${family} ${name.toLowerCase()}`
    const underWay = this.#underWay.get(key) ?? this.#begin(key, name, family)
    return within(underWay, this.#options.answerMs, () => tookTooLong(name))
  }

  #begin(key: string, name: string, family: 4 | 6): Promise<string[]> {
    const found = this.#find(name, family).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, found)
    return found
  }

  async #find(name: string, family: 4 | 6): Promise<string[]> {
    if (this.#running >= this.#options.atOnce) {
      const found = await this.#waitForPlace(name, family)
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

  /** Resolves with nothing when there is a place for it, or with what was found without one. */
  #waitForPlace(name: string, family: 4 | 6): Promise<string[] | undefined> {
    const { instead, patienceMs, answerMs } = this.#options
    return new Promise((resolve, reject) => {
      const placeIsFree = () => {
        clearTimeout(patience)
        clearTimeout(limit)
        resolve(undefined)
      }
      /** False when it has its place already. */
      const leave = () => {
        const index = this.#waiting.indexOf(placeIsFree)
        if (index >= 0) this.#waiting.splice(index, 1)
        return index >= 0
      }
      const patience = setTimeout(() => {
        const use = (found: string[]) => {
          if (found.length === 0 || !leave()) return
          clearTimeout(limit)
          resolve(found)
        }
        instead(name, family).then(use, () => undefined)
      }, patienceMs)
      const limit = setTimeout(() => {
        if (leave()) reject(tookTooLong(name))
      }, answerMs)
      this.#waiting.push(placeIsFree)
    })
  }
}

function tookTooLong(name: string): Error {
  return new Error(`the host took too long to look up ${name}`)
}
