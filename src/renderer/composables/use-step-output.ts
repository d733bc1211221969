import { computed, ref, watch, type ComputedRef } from 'vue'
import { api } from '../api'
import { useNotifications } from '../stores/notifications'

/** The most code units of a step's output that the page keeps. */
const shownLimit = 200_000

/**
 * Reads the output of a build step while the step is open. `length` is the length of the output so far. Whenever it
 * grows, the page asks for the rest.
 */
export function useStepOutput(step: ComputedRef<{ buildId: string; stepId: string; length: number }>) {
  const text = ref('')
  const truncated = ref(false)
  const notifications = useNotifications()
  let position = 0
  let reading = false

  async function read(): Promise<void> {
    if (reading) return
    reading = true
    try {
      while (position < step.value.length) {
        const { buildId, stepId } = step.value
        const piece = await api.builds.output({ id: buildId, stepId, from: position })
        if (piece.text === '') return
        if (piece.from > position) truncated.value = true
        position = piece.from + piece.text.length
        const whole = text.value + piece.text
        if (whole.length > shownLimit) truncated.value = true
        text.value = whole.slice(-shownLimit)
      }
    } catch (error) {
      notifications.failure(error)
    } finally {
      reading = false
    }
  }
  watch(() => step.value.length, read, { immediate: true })

  return { lines: computed(() => text.value.replace(/\n$/, '').split('\n')), truncated }
}
