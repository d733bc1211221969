import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { WalkProgress } from '../../shared/image-layers'
import { isAborted, toBerthError } from '../api'
import { useEngine } from '../stores/engine'

type OpenWalk<Result> = (signal: AbortSignal) => Promise<AsyncIterable<WalkProgress | Result>>

/**
 * Reads a walk through the files of an image, and its progress. A new walk ends the previous one, as does the end of
 * the component.
 */
export function useImageWalk<Result extends { type: 'result' }>() {
  const result = shallowRef<Result>()
  const error = shallowRef<BerthError>()
  const reading = ref(false)
  /** The names read so far. */
  const names = ref(0)
  let run: AbortController | undefined

  function stop(): void {
    run?.abort()
    run = undefined
    reading.value = false
  }

  async function start(open: OpenWalk<Result>): Promise<void> {
    stop()
    const { signal } = (run = new AbortController())
    reading.value = true
    names.value = 0
    result.value = error.value = undefined
    try {
      for await (const event of await open(signal)) {
        if (isAborted(signal)) return
        if (event.type === 'names') names.value = event.count
        else result.value = event
      }
    } catch (failure) {
      if (!isAborted(signal)) error.value = toBerthError(failure)
    } finally {
      if (!isAborted(signal)) stop()
    }
  }

  function clear(): void {
    stop()
    result.value = error.value = undefined
  }

  onScopeDispose(stop)
  return { result, error, reading, names, start, clear }
}

/** A walk that starts by itself: for each subject, and again when the engine is back, if it has no result yet. */
export function useShownImageWalk<Result extends { type: 'result' }>(
  subject: () => string,
  open: OpenWalk<Result>,
) {
  const engine = useEngine()
  const { result, error, reading, names, start } = useImageWalk<Result>()
  watch(
    [subject, () => engine.live] as const,
    ([now, live], [before]) => {
      if (!live || (now === before && result.value !== undefined)) return
      void start(open)
    },
    { immediate: true },
  )
  return { result, error, reading, names }
}
