import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { ContainerGroups } from '../../shared/container-groups'
import { api, useWatched } from '../api'

const nothing: ContainerGroups = { groups: [], pinned: [] }

/** The user's groups of containers, and the pinned containers. A stream of the contract keeps them up to date. */
export const useContainerGroups = defineStore('container-groups', () => {
  const watched = useWatched((signal) => api.containerGroups.watch(undefined, { signal }))
  const current = computed(() => watched.value ?? nothing)
  const pinned = computed(() => new Set(current.value.pinned))
  const names = computed(() => current.value.groups.map(({ name }) => name))

  /** Returns the user's group of a container. Undefined if it is in none. */
  function groupOf(container: string): string | undefined {
    return current.value.groups.find(({ containers }) => containers.includes(container))?.name
  }

  return { current, pinned, names, groupOf }
})
