import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { SettingsState } from '../../shared/settings'
import { api, connection, keepWatching } from '../api'

/** The settings as their stream tells them. */
export const useSettings = defineStore('settings', () => {
  const state = shallowRef<SettingsState>()
  const pending = computed(() => state.value?.pending)

  void keepWatching({
    connection,
    open: (signal) => api.settings.watch(undefined, { signal }),
    take: (value) => {
      state.value = value
    },
    signal: new AbortController().signal,
  })

  async function dismissProblem(): Promise<void> {
    await api.settings.dismissProblem()
  }

  return { state, pending, dismissProblem }
})
