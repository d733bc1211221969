import { useEventListener, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { onScopeDispose, ref } from 'vue'

/** What the start page remembers: when the user has looked at it, and whether the first run is over. */
export const useHome = defineStore('home', () => {
  /** Milliseconds since the epoch. 0 if the user has never looked at the page. */
  const seenAt = useStorage('berth.home.seen-at', 0)
  const firstRunOver = useStorage('berth.home.first-run-over', false)
  /** The time since which the page says what has changed. */
  const since = ref(seenAt.value)

  /** The calling page is visible now. The user stops looking when it is unmounted or hidden. */
  function look(): void {
    since.value = seenAt.value
    const stopLooking = (): void => {
      seenAt.value = Date.now()
    }
    useEventListener(document, 'visibilitychange', () => {
      if (document.visibilityState === 'hidden') stopLooking()
      else since.value = seenAt.value
    })
    onScopeDispose(stopLooking)
  }
  function endFirstRun(): void {
    firstRunOver.value = true
  }

  return { since, firstRunOver, look, endFirstRun }
})
