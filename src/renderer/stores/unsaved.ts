import { useEventListener } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { api } from '../api'
import { useConnection } from './connection'

/**
 * The texts of this window that the user has changed and not saved. The window asks before it closes or reloads. It
 * also reports them to Berth, which asks before it quits.
 */
export const useUnsaved = defineStore('unsaved', () => {
  const connection = useConnection()
  const byOwner = ref(new Map<string, readonly string[]>())
  const names = computed(() => [...byOwner.value.values()].flat())

  useEventListener('beforeunload', (event) => {
    if (names.value.length > 0) event.preventDefault()
  })
  // A new connection knows nothing of the texts. A failed call is repeated then.
  watch([names, () => connection.status], () => {
    if (connection.status === 'open') api.app.reportUnsaved({ names: names.value }).catch(() => undefined)
  })

  /** Replaces the unsaved texts of one owner, such as an editor. */
  function set(owner: string, texts: readonly string[]): void {
    const before = byOwner.value.get(owner) ?? []
    if (texts.length === before.length && texts.every((text, index) => text === before[index])) return
    if (texts.length > 0) byOwner.value.set(owner, texts)
    else byOwner.value.delete(owner)
  }

  return { names, set }
})
