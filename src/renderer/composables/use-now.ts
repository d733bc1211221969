import { ref, watch, type Ref } from 'vue'

/** Milliseconds since the epoch, ten times a second as long as something runs. */
export function useNow(running: Ref<boolean>): Ref<number> {
  const now = ref(Date.now())
  watch(
    running,
    (isRunning, _before, onCleanup) => {
      now.value = Date.now()
      if (!isRunning) return
      const timer = setInterval(() => (now.value = Date.now()), 100)
      onCleanup(() => {
        clearInterval(timer)
      })
    },
    { immediate: true },
  )
  return now
}
