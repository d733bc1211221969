import { until } from '@vueuse/core'
import { computed, onUnmounted, ref } from 'vue'
import { usePulls } from '../stores/pulls'
import { useDialogs } from '../stores/dialogs'

/** The pull of an image that the run dialog lacks. It ends with the dialog, which is whom it was for. */
export function useImagePull() {
  const pulls = usePulls()
  const dialogs = useDialogs()
  const sessionId = ref('')
  const task = computed(() => pulls.find(sessionId.value))
  let closed = false

  onUnmounted(() => {
    closed = true
    if (task.value?.ended === false) void pulls.cancel(sessionId.value)
    else pulls.forget(sessionId.value)
  })

  /** Resolves with whether the image is there now; rejects with why it could not be pulled. */
  async function pull(reference: string): Promise<boolean> {
    sessionId.value = await pulls.start(reference)
    dialogs.show({ name: 'run', image: reference, sessionId: sessionId.value })
    await until(() => task.value?.ended !== false).toBe(true)
    if (task.value?.error) throw task.value.error
    return !closed
  }

  return { task, pull }
}
