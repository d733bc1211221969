import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type { Backup, BackupSchedule } from '../../shared/backups'
import { api, saveDownload, useWatched } from '../api'
import { useNotifications } from './notifications'
import { useTasks } from './tasks'

/** The kept backups of volumes, and the schedules. A stream of the contract keeps them up to date. */
export const useBackups = defineStore('backups', () => {
  const watched = useWatched((signal) => api.backups.watch(undefined, { signal }))
  const tasks = useTasks()
  const notifications = useNotifications()
  /** The running backups that the browser downloads when they are complete, by the ids of their tasks. */
  const awaited = ref(new Set<string>())

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
  /** False until the backups have arrived. */
  const loaded = computed(() => watched.value !== undefined)

  async function download(id: string): Promise<void> {
    try {
      saveDownload(await api.backups.download({ id }))
    } catch (error) {
      notifications.failure(error)
    }
  }
  /** Downloads the backup of a task when the task has succeeded. */
  function downloadAfter(taskId: string): void {
    awaited.value = new Set([...awaited.value, taskId])
  }
  watch(
    () => [...awaited.value].map((id) => tasks.find(id)).filter((task) => task && task.state !== 'running'),
    (ended) => {
      for (const task of ended) {
        if (task === undefined) continue
        awaited.value = new Set([...awaited.value].filter((id) => id !== task.id))
        if (task.kind === 'volume-backup' && task.result !== null) void download(task.result.id)
      }
    },
  )

  return { all, schedules, last, folder, loaded, download, downloadAfter }
})
