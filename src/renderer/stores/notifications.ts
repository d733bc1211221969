import { useToast } from '@nuxt/ui/composables'
import { useDocumentVisibility } from '@vueuse/core'
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import type { BerthError } from '../../shared/errors'
import { toBerthError } from '../api'

export interface Problem {
  id: number
  error: BerthError
}

/** How something ended that the user did not see. */
export interface EndNotice {
  title: string
  text: string
  tone: 'success' | 'error' | 'neutral'
  action: { label: string; run: () => void }
}

/** More notices would cover the page when the user returns. */
const heldNotices = 5

const endIcons = {
  success: 'i-lucide-circle-check',
  error: 'i-lucide-circle-alert',
  neutral: 'i-lucide-info',
}

/**
 * Shows a success as a toast. Shows a failure on the page until the user dismisses it or opens another page. The page
 * shows only the three newest failures.
 */
export const useNotifications = defineStore('notifications', () => {
  const toast = useToast()
  const problems = ref<Problem[]>([])
  let next = 0
  const visibility = useDocumentVisibility()
  /** The notices that the user could not see yet, oldest first. */
  let held: EndNotice[] = []

  function success(title: string): void {
    toast.add({ title, icon: 'i-lucide-circle-check', color: 'success', duration: 4000 })
  }
  /** Shows an event that is neither a success nor a failure. */
  function note(title: string): void {
    toast.add({ title, icon: 'i-lucide-info', color: 'neutral', duration: 4000 })
  }
  /**
   * Shows how something ended: a task, a build, a run, an edit or an update. In a hidden window, the notice would
   * disappear before the user sees it, so it waits until the window is visible.
   */
  function ended(notice: EndNotice): void {
    if (visibility.value === 'visible') showEnd(notice)
    else held = [...held, notice].slice(-heldNotices)
  }
  watch(visibility, (now) => {
    if (now !== 'visible') return
    held.forEach(showEnd)
    held = []
  })
  /** A failure stays longer, because the user has more to read. */
  function showEnd({ title, text, tone, action }: EndNotice): void {
    toast.add({
      title,
      description: text,
      icon: endIcons[tone],
      color: tone,
      duration: tone === 'error' ? 15_000 : 6_000,
      actions: [{ label: action.label, color: 'neutral', variant: 'outline', onClick: action.run }],
    })
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

  return { problems, success, note, ended, failure, dismiss, clear }
})
