interface Entry {
  started: boolean
  done: Promise<void>
}

/**
 * Runs `refresh` for a key, one at a time and in order: a request made while one is under way waits for it and is
 * then served by one more run, however many requests came meanwhile. So a slow answer never replaces a newer one,
 * and the first request of a burst is served at once.
 */
export class Refresher {
  readonly #refresh: (key: string) => Promise<void>
  readonly #latest = new Map<string, Entry>()

  /** `refresh` handles its own failures. */
  constructor(refresh: (key: string) => Promise<void>) {
    this.#refresh = refresh
  }

  /** Resolves when a run that began after this call has ended. */
  request(key: string): Promise<void> {
    const latest = this.#latest.get(key)
    if (latest?.started === false) return latest.done
    const entry: Entry = { started: latest === undefined, done: Promise.resolve() }
    this.#latest.set(key, entry)
    entry.done = this.#run(key, entry, latest)
    return entry.done
  }

  async #run(key: string, entry: Entry, before: Entry | undefined): Promise<void> {
    try {
      if (before !== undefined) await before.done
      entry.started = true
      await this.#refresh(key)
    } finally {
      if (this.#latest.get(key) === entry) this.#latest.delete(key)
    }
  }
}
