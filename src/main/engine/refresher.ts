interface Entry {
  started: boolean
  done: Promise<void>
}

/**
 * Runs `refresh` for keys. Two runs for the same key never overlap, so a slow answer can never overwrite a newer one.
 * The first request of a burst runs immediately. All requests for a key that arrive during its run share one more run
 * after that run.
 */
export class Refresher {
  readonly #refresh: (key: string) => Promise<void>
  readonly #latest = new Map<string, Entry>()

  /** `refresh` must handle its own errors. */
  constructor(refresh: (key: string) => Promise<void>) {
    this.#refresh = refresh
  }

  /** Resolves at the end of a run that has begun after this call. */
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
