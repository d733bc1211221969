import { onScopeDispose, ref, shallowRef } from 'vue'
import type { Container } from '../../shared/containers'
import type { BerthError } from '../../shared/errors'
import type { Refusals } from '../../shared/isolation'
import { api, isAborted, toBerthError } from '../api'

/**
 * What the kernel refuses to a container while the user watches. The last list stays after the end of the watch. The
 * machine ends the watch when the container stops, after the last refusals.
 */
export function useRefusals(container: () => Container) {
  const refusals = shallowRef<Refusals>()
  const isWatching = ref(false)
  const error = shallowRef<BerthError>()
  let leave = new AbortController()

  async function start(): Promise<void> {
    const { signal } = (leave = new AbortController())
    isWatching.value = true
    refusals.value = undefined
    error.value = undefined
    try {
      for await (const value of await api.isolation.refusals({ id: container().id }, { signal })) {
        // A new watch may have begun meanwhile.
        if (isAborted(signal)) return
        refusals.value = value
      }
    } catch (failure) {
      if (!isAborted(signal)) error.value = toBerthError(failure)
    } finally {
      if (!isAborted(signal)) isWatching.value = false
    }
  }

  function stop(): void {
    leave.abort()
    isWatching.value = false
  }
  onScopeDispose(stop)

  return { refusals, isWatching, error, start, stop }
}
