import { defineStore } from 'pinia'
import { computed } from 'vue'
import { api, useWatched } from '../api'

/** The list of builds. A stream of the contract keeps it up to date from the first use on. */
export const useBuilds = defineStore('builds', () => {
  const watched = useWatched((signal) => api.builds.watch(undefined, { signal }))
  const list = computed(() => watched.value ?? [])
  /** False until the first list has arrived. */
  const loaded = computed(() => watched.value !== undefined)

  return { list, loaded }
})
