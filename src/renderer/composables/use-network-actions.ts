import { storeToRefs } from 'pinia'
import type { Container } from '../../shared/containers'
import {
  disconnectCommand,
  pruneNetworksCommand,
  removeNetworkCommand,
} from '../../shared/docker-commands/network-commands'
import { BerthError } from '../../shared/errors'
import { networkUsers, unusedNetworks, type Network } from '../../shared/networks'
import { api } from '../api'
import { runningContainers } from '../lib/containers'
import { useBusy } from '../stores/busy'
import { useEngine } from '../stores/engine'
import { useNotifications } from '../stores/notifications'
import { useActions } from './use-actions'
import { useText } from './use-text'

/** Removes networks and disconnects containers, after a question that names the consequences. */
export function useNetworkActions() {
  const engine = useEngine()
  const notifications = useNotifications()
  const { t } = useText()
  const { busy, runConfirmed } = useActions(storeToRefs(useBusy()).networks)

  /** Resolves with true if the network has been removed. Shows what blocks the removal, without asking first. */
  async function remove(network: Network): Promise<boolean> {
    const { id, name } = network
    const users = networkUsers(engine.containers.values(), network)
    const running = runningContainers(users)
    if (running.length > 0) {
      const containers = running.map((container) => container.name).sort()
      notifications.failure(
        new BerthError('network.in-use', { network: name, containers: containers.join(', ') }),
      )
      return false
    }
    return runConfirmed(
      id,
      {
        title: t('networks.removeTitle', { name }),
        text: [
          t('networks.removeText'),
          ...(users.length === 0 ? [] : [t('networks.removeStopped', {}, users.length)]),
        ],
        items: users.map((container) => container.name).sort(),
        command: removeNetworkCommand(name),
        confirm: t('action.remove'),
      },
      () => api.networks.remove({ id }),
      () => t('networks.removed', { name }),
    )
  }

  function disconnect(network: Network, container: Container): Promise<boolean> {
    const names = { container: container.name, network: network.name }
    return runConfirmed(
      `${network.id} ${container.id}`,
      {
        title: t('networks.disconnectTitle', names),
        text: [
          t('networks.disconnectText'),
          ...(container.endpoints.length > 1 ? [] : [t('networks.disconnectLast')]),
        ],
        command: disconnectCommand(network.name, container.name),
        confirm: t('networks.disconnect'),
      },
      () => api.networks.disconnect({ network: network.id, container: container.id }),
      () => t('networks.disconnected', names),
    )
  }

  /** The networks that no container uses, as `docker network prune` removes them. */
  function unused(): Network[] {
    return unusedNetworks([...engine.networks.values()], [...engine.containers.values()])
  }
  /** Resolves with true if the unused networks have been removed. */
  async function prune(): Promise<boolean> {
    const networks = unused()
    const count = networks.length
    if (count === 0) {
      notifications.note(t('commands.pruneNothing'))
      return false
    }
    return runConfirmed(
      'prune',
      {
        title: t('networks.pruneTitle'),
        text: [t('networks.pruneText', { count }, count)],
        items: networks.map(({ name }) => name).sort(),
        command: pruneNetworksCommand(),
        confirm: t('networks.prune'),
      },
      () => api.networks.prune(),
      ({ removed }) => t('networks.pruned', { count: removed.length }, removed.length),
    )
  }

  return { busy, unused, remove, disconnect, prune }
}
