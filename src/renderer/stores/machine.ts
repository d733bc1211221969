import { defineStore } from 'pinia'
import { computed } from 'vue'
import { api, useWatched } from '../api'

/** The machine state. A stream of the contract keeps it up to date. */
export const useMachine = defineStore('machine', () => {
  const state = useWatched((signal) => api.machine.watch(undefined, { signal }))

  const phase = computed(() => state.value?.phase)
  /** Also true for a paused machine, because any request wakes it. */
  const isRunning = computed(() => phase.value === 'running' || phase.value === 'paused')
  const isStarting = computed(() =>
    ['preparing', 'booting', 'connecting', 'engine', 'resuming'].includes(phase.value ?? ''),
  )
  const canStart = computed(() => phase.value === 'stopped' || phase.value === 'failed')

  return { state, phase, isRunning, isStarting, canStart }
})
