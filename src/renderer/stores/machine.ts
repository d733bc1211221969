import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { MachineState } from '../../shared/machine'
import { api, useWatch } from '../api'

/** The state of the machine, kept up to date by its stream. */
export const useMachine = defineStore('machine', () => {
  const state = shallowRef<MachineState>()

  const phase = computed(() => state.value?.phase)
  /** Includes `paused`: any request wakes a paused machine. */
  const isRunning = computed(() => phase.value === 'running' || phase.value === 'paused')
  const isStarting = computed(() =>
    ['preparing', 'booting', 'connecting', 'engine', 'resuming'].includes(phase.value ?? ''),
  )
  const canStart = computed(() => phase.value === 'stopped' || phase.value === 'failed')

  useWatch(
    (signal) => api.machine.watch(undefined, { signal }),
    (value) => {
      state.value = value
    },
  )

  return { state, phase, isRunning, isStarting, canStart }
})
