import type { BerthError } from '../../shared/errors'
import type { Connection } from './connection'
import { toBerthError } from './errors'
import { isAborted } from './signals'

export interface WatchOptions<T> {
  connection: Connection
  /** Begins the stream; called again whenever it has ended. */
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>
  take: (value: T) => void
  /** Told of a stream that broke for another reason than the connection. */
  failed?: (error: BerthError) => void
  signal: AbortSignal
}

const firstDelay = 250
const longestDelay = 5_000

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', settle)
      resolve()
    }
    const timer = setTimeout(settle, milliseconds)
    signal.addEventListener('abort', settle)
  })
}

/** One run of the stream; true when it delivered something. */
async function watchOnce<T>({ connection, open, take, failed, signal }: WatchOptions<T>): Promise<boolean> {
  const run = new AbortController()
  const abort = () => {
    run.abort()
  }
  signal.addEventListener('abort', abort)
  const stopListening = connection.onChange((status) => {
    // Once everybody has heard: a socket that has closed has ended the stream itself by then, and an abort, which is
    // a message too, would fail on it. A port that was replaced does need the abort.
    if (status !== 'open') setTimeout(abort, 0)
  })
  let delivered = false
  try {
    for await (const value of await open(run.signal)) {
      delivered = true
      take(value)
    }
  } catch (error) {
    if (!isAborted(run.signal)) failed?.(toBerthError(error))
  } finally {
    stopListening()
    signal.removeEventListener('abort', abort)
  }
  return delivered
}

/** Keeps a stream of the contract open until `signal` ends it: after every loss it is begun anew. */
export async function keepWatching<T>(options: WatchOptions<T>): Promise<void> {
  const { connection, signal } = options
  let delay = firstDelay
  while (!isAborted(signal)) {
    await connection.whenOpen(signal)
    if (isAborted(signal)) return
    const delivered = await watchOnce(options)
    if (connection.status !== 'open') continue
    delay = delivered ? firstDelay : Math.min(delay * 2, longestDelay)
    await pause(delay, signal)
  }
}
