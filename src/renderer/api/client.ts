import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { Contract } from '../../shared/contract'
import { selectCarrier } from './carrier'
import { keepWatching, type WatchOptions } from './watch'

export type Api = ContractRouterClient<Contract>

const carrier = selectCarrier()

/** The connection between this window and Berth's services. */
export const connection = carrier.connection

/**
 * A client with every procedure of the contract.
 *
 * @throws BerthError if a call fails
 */
export const api: Api = createORPCClient<Api>(carrier.link)

type Stream<T> = Pick<WatchOptions<T>, 'open' | 'onValue' | 'failed'>

/** Returns a function that ends the stream. */
function begin<T>(stream: Stream<T>): () => void {
  const ended = new AbortController()
  void keepWatching({ connection, signal: ended.signal, ...stream })
  return () => {
    ended.abort()
  }
}

/**
 * Passes each value of a stream to `onValue` until the calling component or store is disposed. Calls `failed` if the
 * stream fails while the connection is open.
 */
export function useWatch<T>(
  open: WatchOptions<T>['open'],
  onValue: WatchOptions<T>['onValue'],
  failed?: WatchOptions<T>['failed'],
): void {
  onScopeDispose(begin({ open, onValue, failed }))
}

/**
 * Like `useWatch`, for a stream that depends on `source`. If the source changes, another stream replaces the open one.
 * While the source is false, no stream is open.
 */
export function useWatchFor<S, T>(
  source: () => S | false,
  {
    open,
    ...handlers
  }: Omit<Stream<T>, 'open'> & {
    open: (value: S, signal: AbortSignal) => Promise<AsyncIterable<T>>
  },
): void {
  watch(
    source,
    (value, _before, onCleanup) => {
      if (value !== false) onCleanup(begin({ open: (signal) => open(value, signal), ...handlers }))
    },
    { immediate: true },
  )
}

/** Returns the latest value of a stream. The value is undefined until the stream delivers its first value. */
export function useWatched<T>(open: WatchOptions<T>['open']): ShallowRef<T | undefined> {
  const latest = shallowRef<T>()
  useWatch(open, (value) => {
    latest.value = value
  })
  return latest
}
