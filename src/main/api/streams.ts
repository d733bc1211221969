import { EventEmitter } from 'node:events'
import type { Emits } from '../lib'
import type { ApiContext } from './implementer'

/** How many changes a client may be behind. A client that is further behind gets a new snapshot instead. */
const changeLimit = 1_000

/** Calls the listener on every change, until the caller calls the returned function. */
type Subscribe<T> = (listener: (change: T) => void) => () => void

/** Wakes one waiter. A `set` before the wait is not lost. Several calls of `set` before the wait count as one call. */
class AutoResetEvent {
  #isSet = false
  #wake: () => void = () => undefined

  set(): void {
    this.#isSet = true
    this.#wake()
  }

  async wait(): Promise<void> {
    if (!this.#isSet)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    this.#isSet = false
  }
}

interface WatchCall {
  context: ApiContext
  signal?: AbortSignal | undefined
}

/**
 * Returns the handler of a `watch` procedure. It yields the value of `read` now, and again whenever the emitter emits
 * `event`.
 */
export function watching<Name extends string, Arguments extends unknown[], T extends object>(
  emitter: Emits<Name, Arguments>,
  event: Name,
  read: () => T,
) {
  return ({ context, signal = context.connection.closed }: WatchCall) => latest(emitter, event, read, signal)
}

/** Yields the value of `read` now, and again after each event. A slow consumer gets only the newest value. */
export async function* latest<Name extends string, Arguments extends unknown[], T extends object>(
  emitter: Emits<Name, Arguments>,
  event: Name,
  read: () => T,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const subscribe: Subscribe<T> = (listener) => {
    const changed = () => {
      listener(read())
    }
    emitter.on(event, changed)
    return () => emitter.off(event, changed)
  }
  yield* changes({ snapshot: read, subscribe, signal, limit: 0 })
}

/**
 * Yields the progress of some work, then its result. A slow consumer gets only the newest progress. Throws if the work
 * fails. The signal of the work aborts with `signal`, and when the consumer leaves.
 */
export async function* progressThenResult<Progress extends object, Result = Progress>(options: {
  first: Progress
  work: (report: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>
  signal: AbortSignal
}): AsyncGenerator<Progress | Result, void> {
  const { signal } = options
  let progress = options.first
  const emitter = new EventEmitter<{ change: [] }>()
  const report = (now: Progress) => {
    progress = now
    emitter.emit('change')
  }
  const ended = new AbortController()
  const left = new AbortController()
  const work = options.work(report, AbortSignal.any([signal, left.signal])).finally(() => {
    ended.abort()
  })
  // `yield await work` throws the error. This handler only prevents an unhandled rejection.
  work.catch(() => undefined)
  try {
    yield* latest(emitter, 'change', () => progress, AbortSignal.any([signal, ended.signal]))
    yield await work
  } finally {
    left.abort()
  }
}

/**
 * Yields a snapshot, then every change in order. If the consumer is more than `limit` changes behind, a new snapshot
 * replaces these changes. A snapshot that is undefined is left out. Ends when `signal` aborts.
 */
export async function* changes<T extends object>(options: {
  snapshot: () => T | undefined
  subscribe: Subscribe<T>
  signal: AbortSignal
  limit?: number
}): AsyncGenerator<T, void> {
  const { snapshot, subscribe, signal, limit = changeLimit } = options
  const changed = new AutoResetEvent()
  const wake = (): void => {
    changed.set()
  }
  /** Undefined if a snapshot comes next. That snapshot will include all changes until then. */
  let queue: T[] | undefined
  const unsubscribe = subscribe((change) => {
    if (queue !== undefined && queue.length < limit) queue.push(change)
    else queue = undefined
    wake()
  })
  signal.addEventListener('abort', wake)
  const take = (): T | undefined => {
    if (queue !== undefined) return queue.shift()
    queue = []
    return snapshot()
  }
  try {
    while (!signal.aborted) {
      const next = take()
      if (next !== undefined) yield next
      else await changed.wait()
    }
  } finally {
    signal.removeEventListener('abort', wake)
    unsubscribe()
  }
}
