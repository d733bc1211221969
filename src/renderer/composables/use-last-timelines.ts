import { type ShallowRef, shallowRef } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { ComparedTimeline } from '../../shared/timelines'
import { useWatchFor } from '../api'

/** The last timelines of one container or project, as a stream delivers them. `of` is its id or name. */
export function useLastTimelines(
  of: () => string,
  open: (of: string, signal: AbortSignal) => Promise<AsyncIterable<{ timelines: ComparedTimeline[] }>>,
): { timelines: ShallowRef<ComparedTimeline[] | undefined>; error: ShallowRef<BerthError | undefined> } {
  const timelines = shallowRef<ComparedTimeline[]>()
  const error = shallowRef<BerthError>()
  useWatchFor(of, {
    open,
    onValue: (value) => {
      timelines.value = value.timelines
      error.value = undefined
    },
    failed: (failure) => {
      error.value = failure
    },
  })
  return { timelines, error }
}
