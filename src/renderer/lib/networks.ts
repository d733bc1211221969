import type { Container, ContainerEndpoint } from '../../shared/containers'
import { isPredefined, type Network } from '../../shared/networks'

/** Returns the endpoint of a container in a network. */
export function endpointIn(
  { endpoints }: Pick<Container, 'endpoints'>,
  { id, name }: Pick<Network, 'id' | 'name'>,
): ContainerEndpoint | undefined {
  return endpoints.find(({ network, networkId }) => (networkId === '' ? network === name : networkId === id))
}

/** Returns the id of the container whose network another container uses (`--network container:ID`). */
export function networkOwnerId({ networkMode }: Pick<Container, 'networkMode'>): string | undefined {
  return /^container:(.+)$/.exec(networkMode)?.[1]
}

/** True if a network can be removed when no running container uses it. */
export function isRemovable(network: Network): boolean {
  return !isPredefined(network) && !network.ingress
}

/** True if the engine lets containers join and leave the network after their creation. */
export function isJoinable({ driver }: Pick<Network, 'driver'>): boolean {
  return driver !== 'host' && driver !== 'null'
}
