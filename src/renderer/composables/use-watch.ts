import { onScopeDispose } from 'vue'
import { connection, keepWatching, type WatchOptions } from '../api'

/** Follows a stream of the app's for as long as the component or the store lives that calls this in its set-up. */
export function useWatch<T>(open: WatchOptions<T>['open'], take: WatchOptions<T>['take']): void {
  const ended = new AbortController()
  onScopeDispose(() => {
    ended.abort()
  })
  void keepWatching({ connection, open, take, signal: ended.signal })
}
