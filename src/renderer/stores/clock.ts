import { useDocumentVisibility, useIntervalFn, useTimestamp } from '@vueuse/core'
import { defineStore } from 'pinia'
import { watch } from 'vue'

/** The current time in milliseconds since the epoch, for ages and statuses. Updates every second in a visible page. */
export const useClock = defineStore('clock', () => {
  const clock = useTimestamp({
    controls: true,
    scheduler: (update) => useIntervalFn(update, 1000, { immediateCallback: true }),
  })
  watch(useDocumentVisibility(), (visibility) => {
    if (visibility === 'visible') clock.resume()
    else clock.pause()
  })
  return { now: clock.timestamp }
})
