import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Container } from '../../shared/containers'
import type { MountedFolder, MountsState, OwnerHint } from '../../shared/mounts'
import { api } from '../api'
import { useWatch } from '../composables/use-watch'
import { hintsOf } from '../lib/owner-hints'

/** The shared folders as their stream tells of them. */
export const useMounts = defineStore('mounts', () => {
  const state = shallowRef<MountsState>()

  /** Of a path as it is written in the settings. */
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
