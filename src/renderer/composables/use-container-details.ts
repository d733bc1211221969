import { useDocumentVisibility, useTimeoutFn } from '@vueuse/core'
import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import type { ContainerDetails } from '../../shared/container-details'
import type { Container } from '../../shared/containers'
import type { BerthError } from '../../shared/errors'
import { api, toBerthError } from '../api'

/** The shortest time between two reads of a health check's outputs, in milliseconds. */
const shortestIntervalMs = 2_000

/**
 * Reads the details of a container, and reads them again whenever the container changes. The engine does not report the
 * end of a health check that changes nothing. So while the page is visible, a running container with a health check is
 * read again after each interval of the check.
 */
export function useContainerDetails(container: MaybeRefOrGetter<Container>) {
  const details = shallowRef<ContainerDetails>()
  const error = shallowRef<BerthError>()
  const visibility = useDocumentVisibility()
  let newest = 0

  async function load(): Promise<void> {
    const { id, state } = toValue(container)
    const turn = ++newest
    timer.stop()
    try {
      const read = await api.containers.details({ id })
      if (turn !== newest) return
      details.value = read
      error.value = undefined
      if (read.health === null || state !== 'running' || visibility.value !== 'visible') return
      interval.value = Math.max(shortestIntervalMs, read.health.intervalMs)
      timer.start()
    } catch (failure) {
      if (turn === newest) error.value = toBerthError(failure)
    }
  }
  const interval = shallowRef(shortestIntervalMs)
  const timer = useTimeoutFn(() => void load(), interval, { immediate: false })

  watch(
    [() => toValue(container), visibility],
    () => {
      if (visibility.value === 'visible') void load()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    newest += 1
  })
  return { details, error, load }
}
