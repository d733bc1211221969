import type { Backup } from '../../shared/backups'
import { api } from '../api'
import { useBackups } from '../stores/backups'
import { useDialogs } from '../stores/dialogs'
import { useActions } from './use-actions'
import { useText } from './use-text'

/**
 * Restores, downloads and removes kept backups, and removes schedules. `busy` has the ids of the backups, and the
 * names of the volumes, with a running action.
 */
export function useBackupActions() {
  const { t, exactTime } = useText()
  const dialogs = useDialogs()
  const { download } = useBackups()
  const { busy, run, runConfirmed } = useActions()

  function restore(backup: Backup): void {
    dialogs.show({ name: 'restore-volume', backup, to: backup.volume })
  }
  function restoreAs(backup: Backup): void {
    dialogs.show({ name: 'restore-volume', backup, to: `${backup.volume}-restored` })
  }
  function restoreFile(to = ''): void {
    dialogs.show({ name: 'restore-volume', to })
  }
  async function remove({ id, volume, createdAt }: Backup): Promise<void> {
    await runConfirmed(
      id,
      {
        title: t('backups.removeTitle'),
        text: [t('backups.removeText', { volume, time: exactTime(createdAt) })],
        confirm: t('action.remove'),
      },
      () => api.backups.remove({ id }),
      () => t('backups.removed', { volume }),
    )
  }
  async function removeSchedule(volume: string): Promise<void> {
    await run(
      volume,
      () => api.backups.removeSchedule({ volume }),
      () => t('backups.schedule.removed', { volume }),
    )
  }

  return { busy, restore, restoreAs, restoreFile, download, remove, removeSchedule }
}
