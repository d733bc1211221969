import type { Volume } from '../../shared/volumes'
import { api } from '../api'
import { volumeUsers } from '../lib/containers'
import { useDialogs } from '../stores/dialogs'
import { useEngine } from '../stores/engine'
import { useVolumeSizes } from '../stores/volume-sizes'
import { useActions } from './use-actions'
import { useText } from './use-text'

/** Removes, empties and copies volumes. `busy` has the names of the volumes with a running action. */
export function useVolumeActions() {
  const { t } = useText()
  const engine = useEngine()
  const dialogs = useDialogs()
  const sizes = useVolumeSizes()
  const { busy, run, runConfirmed } = useActions()

  /** Resolves with true if the volume has been removed. */
  function remove({ name }: Volume): Promise<boolean> {
    return runConfirmed(
      name,
      {
        title: t('volumes.removeTitle', { name }),
        text: [t('volumes.removeText')],
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

  return { busy, run, runConfirmed, remove, empty, clone }
}
