import pLimit from 'p-limit'

/** Runs tasks one at a time, in the order of the calls. A failed task fails only its own caller. */
export type Sequencer = <T>(task: () => Promise<T>) => Promise<T>

/** Makes a new queue. Use one queue for each thing whose changes must not overlap. */
export function sequencer(): Sequencer {
  const limit = pLimit(1)
  return (task) => limit(task)
}

/**
 * Settles like the promise, or rejects as soon as the signal is aborted.
 * @throws the signal's reason
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(abortReason(signal))
    }
    if (signal.aborted) {
      promise.catch(() => undefined)
      abort()
      return
    }
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort)
    })
  })
}

/**
 * Settles like the promise, or rejects after `milliseconds`.
 * @throws the error that `error` returns
 */
export function within<T>(promise: Promise<T>, milliseconds: number, error: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(error())
    }, milliseconds)
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer)
    })
  })
}

/**
 * Resolves after `milliseconds`.
 * @throws the signal's reason
 */
export async function delay(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  try {
    await (signal === undefined ? elapsed : untilAborted(elapsed, signal))
  } finally {
    clearTimeout(timer)
  }
}

/** The part of an EventEmitter that is needed to listen to one event. */
export interface Emits<Name extends string, Arguments extends unknown[] = []> {
  on(event: Name, listener: (...values: Arguments) => void): unknown
  off(event: Name, listener: (...values: Arguments) => void): unknown
}

/** The reason of an aborted signal, as an Error. */
export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
}
