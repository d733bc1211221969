import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { CompactionProgress, CompactionResult } from '../../shared/disk'
import { api } from '../api'
import { useNotifications } from './notifications'

/** The compaction of the data disk. The compaction continues while the user visits other pages. */
export const useCompaction = defineStore('compaction', () => {
  const notifications = useNotifications()
  /** The progress of the running compaction. Undefined if no compaction runs. */
  const progress = shallowRef<CompactionProgress>()
  let abort = new AbortController()

  /** Resolves with the result, or with undefined after a cancellation or a failure. Shows a failure to the user. */
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
