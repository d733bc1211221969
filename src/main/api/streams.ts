/** Changes a client may be behind before it is sent a fresh snapshot instead. */
export const changeLimit = 1_000

/** Calls the listener on every change until the returned function is called. */
export type Subscribe<T> = (listener: (change: T) => void) => () => void

/** A promise that one side wakes and the other waits for; a wake-up before the wait is not lost. */
class Bell {
  #rung = false
  #ring: () => void = () => undefined

  ring(): void {
    this.#rung = true
    this.#ring()
  }

  async wait(): Promise<void> {
    if (!this.#rung)
      await new Promise<void>((resolve) => {
        this.#ring = resolve
      })
    this.#rung = false
  }
}

/** The value now, then the newest whenever it has changed: what a slow consumer misses is obsolete anyway. */
export async function* latest<T extends object>(
  current: () => T,
  subscribe: Subscribe<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  yield* changes({ snapshot: current, subscribe, signal, limit: 0 })
}

/**
 * A snapshot, then every change in order. When the consumer is more than `limit` changes behind, they are dropped
 * and a new snapshot, which includes them, takes their place. Ends when `signal` aborts.
 */
export async function* changes<T extends object>(options: {
  snapshot: () => T
  subscribe: Subscribe<T>
  signal: AbortSignal
  limit?: number
}): AsyncGenerator<T, void> {
  const { snapshot, subscribe, signal, limit = changeLimit } = options
  const bell = new Bell()
  const ring = (): void => {
    bell.ring()
  }
  /** Undefined while a snapshot is due: it will include whatever happens until then. */
  let queue: T[] | undefined
  const unsubscribe = subscribe((change) => {
    if (queue !== undefined && queue.length < limit) queue.push(change)
    else queue = undefined
    ring()
  })
  signal.addEventListener('abort', ring)
  const take = (): T | undefined => {
    if (queue !== undefined) return queue.shift()
    queue = []
    return snapshot()
  }
  try {
    while (!signal.aborted) {
      const next = take()
      if (next !== undefined) yield next
      else await bell.wait()
    }
  } finally {
    signal.removeEventListener('abort', ring)
    unsubscribe()
  }
}
