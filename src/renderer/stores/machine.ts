import { defineStore } from 'pinia'
import { computed } from 'vue'
import { api, useWatched } from '../api'

/** The state of the machine, kept up to date by its stream. */
export const useMachine = defineStore('machine', () => {
  const state = useWatched((signal) => api.machine.watch(undefined, { signal }))

  const phase = computed(() => state.value?.phase)
  /** Includes `paused`: any request wakes a paused machine. */
  const isRunning = computed(() => phase.value === 'running' || phase.value === 'paused')
  const isStarting = computed(() =>
    ['preparing', 'booting', 'connecting', 'engine', 'resuming'].includes(phase.value ?? ''),
  )
  const canStart = computed(() => phase.value === 'stopped' || phase.value === 'failed')

  return { state, phase, isRunning, isStarting, canStart }
})
