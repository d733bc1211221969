import { useToast } from '@nuxt/ui/composables'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { BerthError } from '../../shared/errors'
import { toBerthError } from '../api'

export interface Problem {
  id: number
  error: BerthError
}

/**
 * Shows a success as a toast. Shows a failure on the page until the user dismisses it or opens another page. The page
 * shows only the three newest failures.
 */
export const useNotifications = defineStore('notifications', () => {
  const toast = useToast()
  const problems = ref<Problem[]>([])
  let next = 0

  function success(title: string): void {
    toast.add({ title, icon: 'i-lucide-circle-check', color: 'success', duration: 4000 })
  }
  /** Shows an event that is neither a success nor a failure. */
  function note(title: string): void {
    toast.add({ title, icon: 'i-lucide-info', color: 'neutral', duration: 4000 })
  }
  function failure(error: unknown): void {
    problems.value = [...problems.value, { id: next++, error: toBerthError(error) }].slice(-3)
  }
  function dismiss(id: number): void {
    problems.value = problems.value.filter((problem) => problem.id !== id)
  }
  function clear(): void {
    problems.value = []
  }

  return { problems, success, note, failure, dismiss, clear }
})
