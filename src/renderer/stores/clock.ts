import { defineStore } from 'pinia'
import { ref } from 'vue'

/** The one clock that ages and statuses are told by: milliseconds since the epoch, once a second. */
export const useClock = defineStore('clock', () => {
  const now = ref(Date.now())
  const tick = () => {
    if (!document.hidden) now.value = Date.now()
  }
  setInterval(tick, 1000)
  document.addEventListener('visibilitychange', tick)
  return { now }
})
