import { useSessionStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { shallowRef, triggerRef } from 'vue'
import type { ReportedEvent } from '../../shared/events'
import { api, useWatchFor } from '../api'
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
  useWatchFor(() => ({ exec: exec.value }), {
    open: (wanted, signal) => api.events.watch(wanted, { signal }),
    onValue: (message) => {
      applyReportedEvents(events.value, message)
      changed.add([true])
    },
  })

  return { events, exec }
})
