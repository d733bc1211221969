import { backoff } from '../../shared/backoff'
import type { BerthError } from '../../shared/errors'
import type { Connection } from './connection'
import { isAborted, toBerthError } from './errors'

export interface WatchOptions<T> {
  connection: Connection
  /** Opens the stream. `keepWatching` calls this function again whenever the stream ends. */
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>
  onValue: (value: T) => void
  /** Called if the stream fails while the connection is open. */
  failed?: ((error: BerthError) => void) | undefined
  signal: AbortSignal
}

/** The pause before the stream is reopened. The pause grows each time that the stream ends without a value. */
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

/** Opens the stream once and reads it to its end. Returns true if the stream delivered a value. */
async function watchOnce<T>({
  connection,
  open,
  onValue,
  failed,
  signal,
}: WatchOptions<T>): Promise<boolean> {
  const run = new AbortController()
  const abort = () => {
    run.abort()
  }
  signal.addEventListener('abort', abort)
  const stopListening = connection.onChange((status) => {
    // Abort only after the other listeners have run. By then, a closed WebSocket has ended its streams. So the abort
    // sends no message, which would fail on the closed socket. For a replaced MessagePort, the abort sends its message.
    if (status !== 'open') setTimeout(abort, 0)
  })
  let delivered = false
  try {
    for await (const value of await open(run.signal)) {
      delivered = true
      onValue(value)
    }
  } catch (error) {
    if (!isAborted(run.signal)) failed?.(toBerthError(error))
  } finally {
    stopListening()
    signal.removeEventListener('abort', abort)
  }
  return delivered
}

/** Keeps a stream of the contract open until `signal` is aborted. If the stream ends, this function reopens it. */
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
