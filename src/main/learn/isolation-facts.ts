import type { Logger } from '../host'
import type { Isolation } from '../isolation'
import type { Facts } from './facts'

/** The most containers whose isolation a lesson reads simultaneously. */
const mostFollowed = 3

export interface IsolationFactsOptions {
  isolation: Pick<Isolation, 'watch'>
  log: Logger
  /** Called after each new fact. */
  changed: () => void
}

/** Collects what the kernel tells about the isolation of some containers. */
export class IsolationFacts {
  readonly #options: IsolationFactsOptions
  readonly #namespaces = new Map<string, string>()
  readonly #throttled = new Map<string, number>()
  /** The reads that are under way, by container id. */
  readonly #followed = new Map<string, AbortController>()

  constructor(options: IsolationFactsOptions) {
    this.#options = options
  }

  get namespaces(): Facts['namespaces'] {
    return this.#namespaces
  }

  get throttled(): Facts['throttled'] {
    return this.#throttled
  }

  /** Reads the isolation of the last of these containers, and of no other from now on. */
  follow(containers: readonly string[]): void {
    const wanted = containers.slice(-mostFollowed)
    for (const [id, reading] of this.#followed)
      if (!wanted.includes(id)) {
        reading.abort()
        this.#followed.delete(id)
      }
    for (const id of wanted) {
      if (this.#followed.has(id)) continue
      const reading = new AbortController()
      this.#followed.set(id, reading)
      void this.#read(id, reading)
    }
  }

  async #read(id: string, reading: AbortController): Promise<void> {
    const { isolation, log, changed } = this.#options
    const { signal } = reading
    try {
      for await (const event of isolation.watch(id, signal)) {
        if (event.type === 'namespaces') {
          const own = event.namespaces.filter(({ machine }) => !machine)
          this.#namespaces.set(id, own.map(({ kind, id: number }) => `${kind} ${String(number)}`).join(', '))
        } else if (event.type === 'cgroup') this.#throttled.set(id, event.cgroup.cpu.throttledPeriods)
        else continue
        changed()
      }
    } catch (error) {
      if (!signal.aborted) log.info({ error: String(error) }, 'could not read the isolation')
    } finally {
      // The container may start again.
      if (this.#followed.get(id) === reading) this.#followed.delete(id)
    }
  }
}
