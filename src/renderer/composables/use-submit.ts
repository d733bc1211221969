import { ref, shallowRef } from 'vue'
import type { BerthError } from '../../shared/errors'
import { toBerthError } from '../api'

/** One submission of a dialog at a time; what was refused is shown beside the form. */
export function useSubmit() {
  const busy = ref(false)
  const error = shallowRef<BerthError>()

  async function submit(action: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    error.value = undefined
    try {
      await action()
    } catch (failure) {
      error.value = toBerthError(failure)
    } finally {
      busy.value = false
    }
  }

  return { busy, error, submit }
}
