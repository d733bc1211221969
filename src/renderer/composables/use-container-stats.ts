import { useDocumentVisibility } from '@vueuse/core'
import { shallowRef, triggerRef } from 'vue'
import { addPoint } from '../../shared/measuring'
import type { ProcessList, Series, StatsEvent, StatsLimits } from '../../shared/stats'
import { api, useWatchFor } from '../api'

/** Returns what a container used in the last minutes. The series is undefined until Berth has measured it. */
export function useContainerStats(id: string) {
  const series = shallowRef<Series>()
  const limits = shallowRef<StatsLimits>({ cpu: null, memory: null })
  const visibility = useDocumentVisibility()

  function apply(event: StatsEvent): void {
    if (event.type === 'history') {
      const own = event.containers.find((container) => container.id === id)
      series.value = own?.series
      if (own !== undefined) limits.value = own.limits
      return
    }
    for (const point of event.points) {
      series.value ??= {
        ...{ time: [], cpu: [], memory: [], received: [] },
        ...{ sent: [], read: [], written: [], pids: [] },
      }
      addPoint(series.value, event.time, point)
      limits.value = point.limits
    }
    triggerRef(series)
  }
  useWatchFor(() => visibility.value === 'visible', {
    open: (_visible, signal) => api.stats.watch({ id }, { signal }),
    onValue: apply,
  })
  return { series, limits }
}

/** Returns the processes of a running container. The list is undefined until Berth has read them. */
export function useContainerProcesses(id: string) {
  const list = shallowRef<ProcessList>()
  const visibility = useDocumentVisibility()
  useWatchFor(() => visibility.value === 'visible', {
    open: (_visible, signal) => api.stats.processes({ id }, { signal }),
    onValue: (value) => {
      list.value = value
    },
  })
  return list
}
