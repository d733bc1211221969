import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
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

/**
 * Passes each value of a stream to `onValue` until the calling component or store is disposed. Calls `failed` if the
 * stream fails while the connection is open.
 */
export function useWatch<T>(
  open: WatchOptions<T>['open'],
  onValue: WatchOptions<T>['onValue'],
  failed?: WatchOptions<T>['failed'],
): void {
  const ended = new AbortController()
  onScopeDispose(() => {
    ended.abort()
  })
  const options = { connection, open, onValue, signal: ended.signal }
  void keepWatching(failed === undefined ? options : { ...options, failed })
}

/** Returns the latest value of a stream. The value is undefined until the stream delivers its first value. */
export function useWatched<T>(open: WatchOptions<T>['open']): ShallowRef<T | undefined> {
  const latest = shallowRef<T>()
  useWatch(open, (value) => {
    latest.value = value
  })
  return latest
}
