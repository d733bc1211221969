import { defineStore } from 'pinia'
import type { Container } from '../../shared/containers'
import type { MountedFolder, OwnerHint } from '../../shared/mounts'
import { api, useWatched } from '../api'
import { hintsOf } from '../lib/containers'

/** The state of the shared folders. A stream of the contract keeps it up to date. */
export const useMounts = defineStore('mounts', () => {
  const state = useWatched((signal) => api.mounts.watch(undefined, { signal }))

  /** Finds a shared folder. `path` is the path as written in the settings. */
  function folder(path: string): MountedFolder | undefined {
    return state.value?.folders.find((shared) => shared.path === path)
  }
  function hints(container: Container): OwnerHint[] {
    return hintsOf(container, state.value?.ownerHints ?? [])
  }

  return { state, folder, hints }
})
