import { defineStore } from 'pinia'
import { computed } from 'vue'
import { api, useWatched } from '../api'

/** The compose projects. A stream of the contract keeps them up to date from the first use on. */
export const useCompose = defineStore('compose', () => {
  const watched = useWatched((signal) => api.compose.watch(undefined, { signal }))
  const projects = computed(() => new Map((watched.value ?? []).map((project) => [project.name, project])))
  /** False until the first list has arrived. */
  const loaded = computed(() => watched.value !== undefined)

  return { projects, loaded }
})
