import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useEngine } from './engine'

/**
 * The containers that the user has selected in the list of containers. The palette finds them too, so they are not the
 * page's own. The page empties the selection when the user leaves it, because nobody acts on what is not visible.
 */
export const useContainerSelection = defineStore('container-selection', () => {
  const engine = useEngine()
  const selected = ref<ReadonlySet<string>>(new Set())
  /** A container that is removed leaves the selection. */
  const containers = computed(() => [...selected.value].flatMap((id) => engine.containers.get(id) ?? []))
  const ids = computed(() => new Set(containers.value.map(({ id }) => id)))

  function set(chosen: ReadonlySet<string>): void {
    selected.value = chosen
  }
  function clear(): void {
    selected.value = new Set()
  }

  return { containers, ids, set, clear }
})
