import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Container } from '../../shared/containers'
import type { MountedFolder, MountsState, OwnerHint } from '../../shared/mounts'
import { api, useWatch } from '../api'
import { hintsOf } from '../lib/containers'

/** The state of the shared folders, kept up to date by its stream. */
export const useMounts = defineStore('mounts', () => {
  const state = shallowRef<MountsState>()

  /** Finds a shared folder by its path as written in the settings. */
  function folder(path: string): MountedFolder | undefined {
    return state.value?.folders.find((shared) => shared.path === path)
  }
  function hints(container: Container): OwnerHint[] {
    return hintsOf(container, state.value?.ownerHints ?? [])
  }

  useWatch(
    (signal) => api.mounts.watch(undefined, { signal }),
    (value) => {
      state.value = value
    },
  )

  return { state, folder, hints }
})
