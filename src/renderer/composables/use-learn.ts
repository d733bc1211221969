import { computed } from 'vue'
import { lessonIds } from '../../shared/lessons'
import { api, useWatched } from '../api'

/** The open lesson and the results. Undefined until the services have sent them. */
export function useLearn() {
  const state = useWatched((signal) => api.learn.watch(undefined, { signal }))
  const done = computed(() => state.value?.results.filter((result) => result.state === 'done').length ?? 0)
  return { state, done, count: lessonIds.length }
}
