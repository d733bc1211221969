import { effectScope, onScopeDispose, ref, shallowRef, watch, type EffectScope } from 'vue'
import type { BerthError } from '../../shared/errors'
import type { FileEntry, FileTarget } from '../../shared/files'
import { api, isAborted, toBerthError, useWatch } from '../api'

/** The folder to show, and a value that changes when its container starts or stops. */
interface FolderPlace {
  target: FileTarget
  path: string
  version: string
}

/**
 * Lists a folder, now and after each change in it. While a listing is on its way, the previous listing of the same
 * folder stays.
 */
export function useFolder(place: () => FolderPlace) {
  const entries = shallowRef<FileEntry[]>([])
  const readOnly = ref(false)
  const truncated = ref(false)
  const loading = ref(true)
  const error = shallowRef<BerthError>()
  let scope: EffectScope | undefined
  let listing: AbortController | undefined
  let outdated = false
  /** Reads the variable in a function, because TypeScript would narrow it across an `await`. */
  const isOutdated = () => outdated

  async function list({ target, path }: FolderPlace, fresh: boolean): Promise<void> {
    if (listing !== undefined) {
      outdated = true
      return
    }
    const own = new AbortController()
    listing = own
    loading.value = true
    outdated = false
    const found: FileEntry[] = []
    // Sorting and rendering the rows for each part would be slow, so only a doubled number of rows is shown.
    let shown = 0
    try {
      for await (const part of await api.files.list({ target, path }, { signal: own.signal })) {
        found.push(...part.entries)
        readOnly.value = part.readOnly
        truncated.value = part.truncated
        if (fresh && found.length > 2 * shown) {
          shown = found.length
          entries.value = [...found]
        }
      }
      if (isAborted(own.signal)) return
      entries.value = found
      error.value = undefined
    } catch (failure) {
      if (isAborted(own.signal)) return
      entries.value = []
      error.value = toBerthError(failure)
    } finally {
      if (listing === own) {
        listing = undefined
        loading.value = false
      }
    }
    if (isOutdated()) await list({ target, path, version: '' }, false)
  }

  function stop(): void {
    scope?.stop()
    listing?.abort()
    listing = undefined
    outdated = false
  }

  let path: string | undefined
  watch(
    // The container's object changes often, but only these values matter here.
    () => JSON.stringify(place()),
    () => {
      const now = place()
      stop()
      if (path !== now.path) {
        entries.value = []
        error.value = undefined
        loading.value = true
      }
      path = now.path
      let fresh = true
      scope = effectScope(true)
      scope.run(() => {
        useWatch(
          (signal) => api.files.watch({ target: now.target, path: now.path }, { signal }),
          () => {
            void list(now, fresh)
            fresh = false
          },
          (failure) => {
            entries.value = []
            loading.value = false
            error.value = failure
          },
        )
      })
    },
    { immediate: true },
  )
  onScopeDispose(stop)

  /** For changes that Berth itself has made in a container that does not run, because nothing reports them. */
  function reload(): void {
    void list(place(), false)
  }

  return { reload, entries, readOnly, truncated, loading, error }
}
