import { useDocumentVisibility } from '@vueuse/core'
import { defineStore } from 'pinia'
import { onScopeDispose, ref, shallowReactive } from 'vue'
import type { StatsEvent } from '../../shared/stats'
import { api, useWatchFor } from '../api'
import { gapMs, withPoint, type ContainerUse } from '../lib/stats'

/** What every container uses. Berth measures only while a component uses the store and the page is visible. */
export const useStats = defineStore('stats', () => {
  const uses = shallowReactive(new Map<string, ContainerUse>())
  const users = ref(0)
  const visibility = useDocumentVisibility()

  function apply(event: StatsEvent): void {
    if (event.type === 'history') {
      uses.clear()
      for (const { id, series, limits } of event.containers)
        uses.set(id, { time: series.time, cpu: series.cpu, memory: series.memory, limits })
      return
    }
    for (const point of event.points) uses.set(point.id, withPoint(uses.get(point.id), event.time, point))
    for (const [id, { time }] of uses) if ((time.at(-1) ?? 0) < event.time - gapMs) uses.delete(id)
  }
  useWatchFor(() => users.value > 0 && visibility.value === 'visible', {
    open: (_seen, signal) => api.stats.watch({}, { signal }),
    onValue: apply,
  })

  /** Keeps the measurements coming until the calling component is disposed. */
  function use(): void {
    users.value += 1
    onScopeDispose(() => {
      users.value -= 1
    })
  }

  return { uses, use }
})
