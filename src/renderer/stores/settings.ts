import { defineStore } from 'pinia'
import { computed } from 'vue'
import { api, useWatched } from '../api'

/** The settings, and the changes that need a restart. A stream of the contract keeps them up to date. */
export const useSettings = defineStore('settings', () => {
  const state = useWatched((signal) => api.settings.watch(undefined, { signal }))
  const pending = computed(() => state.value?.pending)

  async function dismissProblem(): Promise<void> {
    await api.settings.dismissProblem()
  }

  return { state, pending, dismissProblem }
})
