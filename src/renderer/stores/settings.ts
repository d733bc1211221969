import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { SettingsState } from '../../shared/settings'
import { api } from '../api'
import { useWatch } from '../composables/use-watch'

/** The settings as their stream tells them. */
export const useSettings = defineStore('settings', () => {
  const state = shallowRef<SettingsState>()
  const pending = computed(() => state.value?.pending)

  useWatch(
    (signal) => api.settings.watch(undefined, { signal }),
    (value) => {
      state.value = value
    },
  )

  async function dismissProblem(): Promise<void> {
    await api.settings.dismissProblem()
  }

  return { state, pending, dismissProblem }
})
