import { useDocumentVisibility } from '@vueuse/core'
import { effectScope, onScopeDispose, shallowRef, triggerRef, watch, type EffectScope } from 'vue'
import { addPoint } from '../../shared/measuring'
import type { ProcessList, Series, StatsEvent, StatsLimits } from '../../shared/stats'
import { api, useWatch } from '../api'

/** Runs `task` in a scope of its own while the page is visible, until the calling component is disposed. */
function whileVisible(task: () => void): void {
  const visibility = useDocumentVisibility()
  let scope: EffectScope | undefined
  const end = () => {
    scope?.stop()
    scope = undefined
  }
  watch(
    visibility,
    () => {
      end()
      if (visibility.value !== 'visible') return
      scope = effectScope(true)
      scope.run(task)
    },
    { immediate: true },
  )
  onScopeDispose(end)
}

/** Returns what a container used in the last minutes. The series is undefined until Berth has measured it. */
export function useContainerStats(id: string) {
  const series = shallowRef<Series>()
  const limits = shallowRef<StatsLimits>({ cpu: null, memory: null })

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
  whileVisible(() => {
    useWatch((signal) => api.stats.watch({ id }, { signal }), apply)
  })
  return { series, limits }
}

/** Returns the processes of a running container. The list is undefined until Berth has read them. */
export function useContainerProcesses(id: string) {
  const list = shallowRef<ProcessList>()
  whileVisible(() => {
    useWatch(
      (signal) => api.stats.processes({ id }, { signal }),
      (value) => {
        list.value = value
      },
    )
  })
  return list
}
