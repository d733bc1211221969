import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { CompactionProgress, CompactionResult } from '../../shared/disk'
import { api } from '../api'
import { useNotifications } from './notifications'

/** The data disk's file being written anew, which goes on while other pages are looked at. */
export const useCompaction = defineStore('compaction', () => {
  const notifications = useNotifications()
  /** Undefined while none is under way. */
  const progress = shallowRef<CompactionProgress>()
  let abort = new AbortController()

  /** Resolves with what the computer got back; with undefined when it was cancelled or failed, which is shown. */
  async function run(): Promise<CompactionResult | undefined> {
    if (progress.value !== undefined) return undefined
    progress.value = { step: 'stop', percent: 0 }
    abort = new AbortController()
    const { signal } = abort
    try {
      for await (const event of await api.disk.compact(undefined, { signal }))
        if ('returned' in event) return event
        else progress.value = event
    } catch (error) {
      if (!signal.aborted) notifications.failure(error)
    } finally {
      progress.value = undefined
    }
    return undefined
  }

  function cancel(): void {
    abort.abort()
  }

  return { progress, run, cancel }
})
