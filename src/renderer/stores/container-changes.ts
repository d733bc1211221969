import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { ContainerChange } from '../../shared/changes'
import { api, useWatched } from '../api'

/** The runs, edits and updates of containers. A stream of the contract keeps them up to date. */
export const useContainerChanges = defineStore('containerChanges', () => {
  const watched = useWatched((signal) => api.changes.watch(undefined, { signal }))
  const all = computed<ContainerChange[]>(() => watched.value ?? [])
  /** The ids of the changes whose steps the page or a dialog shows or has shown. They need no notice. */
  const seen = ref(new Set<string>())

  function find(id: string | undefined): ContainerChange | undefined {
    return all.value.find((change) => change.id === id)
  }
  /** The change of a container that is in progress. */
  function running(containerId: string): ContainerChange | undefined {
    return all.value.find(({ oldId, state }) => state === 'running' && oldId === containerId)
  }
  function see(id: string): void {
    seen.value.add(id)
  }
  /** The user has left the steps of a change. If it is still running, its result needs a notice. */
  function leave(id: string): void {
    if (find(id)?.state === 'running') seen.value.delete(id)
  }

  return { all, seen, find, running, see, leave }
})
