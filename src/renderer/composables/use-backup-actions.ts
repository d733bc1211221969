import type { Backup } from '../../shared/backups'
import { api, saveDownload } from '../api'
import { useDialogs } from '../stores/dialogs'
import { useActions } from './use-actions'
import { useText } from './use-text'

/** Restores, downloads and removes kept backups. `busy` has the ids of the backups with a running action. */
export function useBackupActions() {
  const { t, exactTime } = useText()
  const dialogs = useDialogs()
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
  async function download({ id }: Backup): Promise<void> {
    await run(id, async () => {
      saveDownload(await api.backups.download({ id }))
    })
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
