import type { Network } from '../../shared/networks'
import { useNetworkActions } from '../composables/use-network-actions'
import { isJoinable, isRemovable } from '../lib/networks'
import type { ObjectCommand } from './command'
import { useCommandTools } from './tools'

/** The commands of a network. */
export function useNetworkCommands(): ObjectCommand<Network>[] {
  const { open, copy, leave, show } = useCommandTools()
  const { busy, remove } = useNetworkActions()
  return [
    {
      id: 'network.open',
      text: 'networks.details',
      icon: 'i-lucide-info',
      section: 1,
      opens: true,
      offline: true,
      run: ({ id }) => {
        open({ name: 'network', params: { id } })
      },
    },
    {
      id: 'network.connect',
      text: 'networks.connect',
      icon: 'i-lucide-plug',
      section: 1,
      applies: isJoinable,
      run: ({ id }) => {
        show({ name: 'connect-network', network: id })
      },
    },
    {
      id: 'network.copy-id',
      text: 'networks.copyId',
      icon: 'i-lucide-copy',
      section: 1,
      offline: true,
      run: ({ id }) => {
        copy(id)
      },
    },
    {
      id: 'network.remove',
      text: 'action.remove',
      icon: 'i-lucide-trash-2',
      section: 2,
      destroys: true,
      keys: 'Delete',
      applies: isRemovable,
      busy: ({ id }) => busy.value.has(id),
      run: (network) => {
        void remove(network).then((removed) => {
          if (removed) leave('network', 'id', network.id, 'networks')
        })
      },
    },
  ]
}
