import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { SettingsState } from '../../shared/settings'
import { api, useWatch } from '../api'

/** The settings and changes that wait for a restart, kept up to date by their stream. */
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
