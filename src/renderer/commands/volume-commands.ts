import type { Volume } from '../../shared/volumes'
import { useVolumeActions } from '../composables/use-volume-actions'
import type { ObjectCommand } from './command'
import { useCommandTools } from './tools'

/** The commands of a volume. */
export function useVolumeCommands(): ObjectCommand<Volume>[] {
  const { open, show, copy, leave } = useCommandTools()
  const { busy, remove, empty, clone } = useVolumeActions()
  const isBusy = ({ name }: Volume): boolean => busy.value.has(name)
  return [
    {
      id: 'volume.open',
      text: 'volumes.open',
      icon: 'i-lucide-folder',
      section: 1,
      opens: true,
      offline: true,
      run: ({ name }) => {
        open({ name: 'volume', params: { name } })
      },
    },
    {
      id: 'volume.back-up',
      text: 'backups.backUp',
      icon: 'i-lucide-archive',
      section: 1,
      run: ({ name }) => {
        show({ name: 'back-up-volume', volume: name })
      },
    },
    { id: 'volume.clone', text: 'volumes.clone', icon: 'i-lucide-copy-plus', section: 1, run: clone },
    {
      id: 'volume.copy-name',
      text: 'volumes.copyName',
      icon: 'i-lucide-copy',
      section: 1,
      offline: true,
      run: ({ name }) => {
        copy(name)
      },
    },
    {
      id: 'volume.empty',
      text: 'volumes.empty',
      icon: 'i-lucide-eraser',
      section: 2,
      destroys: true,
      busy: isBusy,
      run: (volume) => void empty(volume),
    },
    {
      id: 'volume.remove',
      text: 'action.remove',
      icon: 'i-lucide-trash-2',
      section: 2,
      destroys: true,
      keys: 'Delete',
      busy: isBusy,
      run: (volume) => {
        void remove(volume).then((removed) => {
          if (removed) leave('volume', 'name', volume.name, 'volumes')
        })
      },
    },
  ]
}
