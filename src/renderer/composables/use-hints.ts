import { useDocumentVisibility } from '@vueuse/core'
import { shallowRef } from 'vue'
import type { Hint } from '../../shared/hints'
import { api, useWatchFor } from '../api'

/** The hints about every container, or about the container `id`. Berth looks for them while the page is visible. */
export function useHints(id?: string) {
  const hints = shallowRef<Hint[]>([])
  const visibility = useDocumentVisibility()
  useWatchFor(() => visibility.value === 'visible', {
    open: (_seen, signal) => api.hints.watch(id === undefined ? {} : { id }, { signal }),
    onValue: (list) => {
      hints.value = list.hints
    },
  })
  return hints
}
