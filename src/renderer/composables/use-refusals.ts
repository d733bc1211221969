import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Container } from '../../shared/containers'
import type { BerthError } from '../../shared/errors'
import type { Refusals } from '../../shared/isolation'
import { api, toBerthError } from '../api'

/** What the kernel refuses to a container while the user watches. The last list stays after the end of the watch. */
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
      for await (const value of await api.isolation.refusals({ id: container().id }, { signal }))
        refusals.value = value
    } catch (failure) {
      if (!signal.aborted) error.value = toBerthError(failure)
    } finally {
      if (!signal.aborted) isWatching.value = false
    }
  }

  function stop(): void {
    leave.abort()
    isWatching.value = false
  }
  onScopeDispose(stop)
  // After a restart, the container has other processes.
  watch(() => container().pid, stop)

  return { refusals, isWatching, error, start, stop }
}
