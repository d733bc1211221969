import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { MachineState } from '../../shared/machine'
import { api } from '../api'
import { useWatch } from '../composables/use-watch'

/** The machine's state as its stream tells it. */
export const useMachine = defineStore('machine', () => {
  const state = shallowRef<MachineState>()

  const phase = computed(() => state.value?.phase)
  /** A paused machine wakes with whatever is asked of it. */
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
