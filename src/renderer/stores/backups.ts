import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { Backup, BackupSchedule } from '../../shared/backups'
import { api, useWatched } from '../api'

/** The kept backups of volumes, and the schedules. A stream of the contract keeps them up to date. */
export const useBackups = defineStore('backups', () => {
  const watched = useWatched((signal) => api.backups.watch(undefined, { signal }))
  /** The newest first. */
  const all = computed(() => watched.value?.backups ?? [])
  const schedules = computed(
    () =>
      new Map<string, BackupSchedule>(
        (watched.value?.schedules ?? []).map((schedule) => [schedule.volume, schedule]),
      ),
  )
  /** The newest backup of each volume. */
  const last = computed(() => {
    const newest = new Map<string, Backup>()
    for (const backup of all.value) if (!newest.has(backup.volume)) newest.set(backup.volume, backup)
    return newest
  })
  const folder = computed(() => watched.value?.folder ?? '')

  return { all, schedules, last, folder }
})
