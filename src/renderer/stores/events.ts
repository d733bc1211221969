import { useSessionStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { effectScope, shallowRef, triggerRef, watch, type EffectScope } from 'vue'
import type { ReportedEvent } from '../../shared/events'
import { api, useWatch } from '../api'
import { Batch } from '../lib/batch'
import { applyReportedEvents } from '../lib/events'

/** The page shows the events of this many milliseconds together. */
const burstMs = 100

/** The engine's events since Berth started, oldest first. Read from the first use on. */
export const useEvents = defineStore('events', () => {
  const events = shallowRef<ReportedEvent[]>([])
  /** Whether the events of commands in containers, such as health checks, are read too. */
  const exec = useSessionStorage('berth.events.exec', false)
  const changed = new Batch<true>(burstMs, () => {
    triggerRef(events)
  })
  let reading: EffectScope | undefined
  watch(
    exec,
    () => {
      reading?.stop()
      reading = effectScope(true)
      reading.run(() => {
        useWatch(
          (signal) => api.events.watch({ exec: exec.value }, { signal }),
          (message) => {
            applyReportedEvents(events.value, message)
            changed.add([true])
          },
        )
      })
    },
    { immediate: true },
  )

  return { events, exec }
})
