import { storeToRefs } from 'pinia'
import { formatBytes } from '../../shared/bytes'
import { pruneVolumesCommand, removeVolumeCommand } from '../../shared/docker-commands/volume-commands'
import type { Volume } from '../../shared/volumes'
import { api } from '../api'
import { volumeUsers } from '../lib/containers'
import { useBusy } from '../stores/busy'
import { useDialogs } from '../stores/dialogs'
import { useEngine } from '../stores/engine'
import { useNotifications } from '../stores/notifications'
import { useVolumeSizes } from '../stores/volume-sizes'
import { useActions } from './use-actions'
import { useText } from './use-text'

/** Removes, empties and copies volumes. `busy` has the names of the volumes with a running action. */
export function useVolumeActions() {
  const { t } = useText()
  const engine = useEngine()
  const dialogs = useDialogs()
  const notifications = useNotifications()
  const sizes = useVolumeSizes()
  const { busy, runConfirmed } = useActions(storeToRefs(useBusy()).volumes)

  /** Resolves with true if the volume has been removed. */
  function remove({ name }: Volume): Promise<boolean> {
    return runConfirmed(
      name,
      {
        title: t('volumes.removeTitle', { name }),
        text: [t('volumes.removeText')],
        command: removeVolumeCommand(name),
        confirm: t('action.remove'),
      },
      () => api.volumes.remove({ name }),
      () => t('volumes.removed', { name }),
    )
  }

  async function empty({ name }: Volume): Promise<void> {
    const users = volumeUsers(engine.containers.values(), name).map((user) => user.name)
    const emptied = await runConfirmed(
      name,
      {
        title: t('volumes.emptyQuestion', { name }),
        text: [
          t('volumes.emptyQuestionText'),
          ...(users.length === 0 ? [] : [t('volumes.emptyUsers', { count: users.length }, users.length)]),
        ],
        items: users,
        confirm: t('volumes.empty'),
      },
      () => api.volumes.empty({ name }),
      () => t('volumes.emptied', { name }),
    )
    if (emptied) await sizes.load()
  }

  function clone({ name }: Volume): void {
    dialogs.show({ name: 'clone-volume', volume: name })
  }

  /** The volumes that no container uses. */
  function unused(): Volume[] {
    return [...engine.volumes.values()].filter(
      ({ name }) => volumeUsers(engine.containers.values(), name).length === 0,
    )
  }
  /** The name of a volume with its size, if the engine has calculated it. */
  function withSize({ name }: Volume): string {
    const bytes = sizes.sizes.get(name)
    return typeof bytes === 'number' ? `${name} — ${formatBytes(bytes)}` : name
  }
  /** Resolves with true if the unused volumes have been removed. */
  async function prune(): Promise<boolean> {
    const volumes = unused()
    const count = volumes.length
    if (count === 0) {
      notifications.note(t('commands.pruneNothing'))
      return false
    }
    return runConfirmed(
      'prune',
      {
        title: t('volumes.pruneTitle'),
        text: [t('volumes.pruneText', { count }, count)],
        items: volumes.map(withSize),
        command: pruneVolumesCommand(),
        confirm: t('volumes.prune'),
      },
      () => api.volumes.prune(),
      ({ removed, bytes }) =>
        t('volumes.pruned', { count: removed.length, bytes: formatBytes(bytes) }, removed.length),
    )
  }

  return { busy, unused, remove, empty, clone, prune }
}
