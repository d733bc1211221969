import { useDocumentVisibility } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import type { StackFacts } from '../../shared/stack'
import { api, useWatchFor } from '../api'
import { stackLayers } from '../lib/stack'
import { useEngine } from '../stores/engine'
import { useMachine } from '../stores/machine'
import { useText } from './use-text'

/** The layers of the Stack page. Berth reads the facts only while the calling component exists and is visible. */
export function useStack() {
  const machine = useMachine()
  const engine = useEngine()
  const { age } = useText()
  const visibility = useDocumentVisibility()
  const facts = shallowRef<StackFacts>()

  useWatchFor(() => visibility.value === 'visible', {
    open: (_seen, signal) => api.stack.watch(undefined, { signal }),
    onValue: (value) => {
      facts.value = value
    },
  })
  const layers = computed(() =>
    stackLayers({
      facts: facts.value,
      machine: machine.state,
      live: engine.live,
      containers: engine.containers.values(),
      age,
    }),
  )
  return { facts, layers }
}
