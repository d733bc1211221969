import { backoff } from '../../shared/backoff'
import type { BerthError } from '../../shared/errors'
import type { Connection } from './connection'
import { isAborted, toBerthError } from './errors'

export interface WatchOptions<T> {
  connection: Connection
  /** Opens the stream. Called again whenever the stream has ended. */
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>
  take: (value: T) => void
  /** Called when the stream fails for another reason than a lost connection. */
  failed?: (error: BerthError) => void
  signal: AbortSignal
}

/** The pause before the stream is reopened. It grows while the stream delivers nothing. */
const pauses = { firstMs: 250, longestMs: 5_000 }

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

/** Runs the stream once. Returns true if it delivered a value. */
async function watchOnce<T>({ connection, open, take, failed, signal }: WatchOptions<T>): Promise<boolean> {
  const run = new AbortController()
  const abort = () => {
    run.abort()
  }
  signal.addEventListener('abort', abort)
  const stopListening = connection.onChange((status) => {
    // Aborts after the other listeners have run. By then a closed socket has ended the stream, and an abort message
    // on it would fail. A replaced MessagePort does need the abort.
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

/** Keeps a stream of the contract open until `signal` is aborted: reopens it whenever it ends. */
export async function keepWatching<T>(options: WatchOptions<T>): Promise<void> {
  const { connection, signal } = options
  let failures = 0
  while (!isAborted(signal)) {
    await connection.whenOpen(signal)
    if (isAborted(signal)) return
    const delivered = await watchOnce(options)
    if (connection.status !== 'open') continue
    failures = delivered ? 0 : failures + 1
    await pause(backoff(failures, pauses), signal)
  }
}
