import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import type { Contract } from '../../shared/contract'
import { selectCarrier } from './carrier'
import { keepWatching, type WatchOptions } from './watch'

export type Api = ContractRouterClient<Contract>

const carrier = selectCarrier()

/** The connection of this window to Berth's services. */
export const connection = carrier.connection

/**
 * Every procedure of the contract.
 *
 * @throws BerthError from every call that fails
 */
export const api: Api = createORPCClient<Api>(carrier.link)

/** Follows a stream of the contract until the calling component or store is disposed. */
export function useWatch<T>(open: WatchOptions<T>['open'], take: WatchOptions<T>['take']): void {
  const ended = new AbortController()
  onScopeDispose(() => {
    ended.abort()
  })
  void keepWatching({ connection, open, take, signal: ended.signal })
}

/** The latest value of a stream that `useWatch` follows; undefined before the first one. */
export function useWatched<T>(open: WatchOptions<T>['open']): ShallowRef<T | undefined> {
  const latest = shallowRef<T>()
  useWatch(open, (value) => {
    latest.value = value
  })
  return latest
}
