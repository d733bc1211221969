import type { ConnectRequest, CreateNetwork } from '../networks'
import { assignments, each, unless, when } from './words'

export function createNetworkCommand(request: CreateNetwork): string[] {
  return [
    ...['docker', 'network', 'create'],
    ...unless('-d', request.driver, 'bridge'),
    ...request.subnets.flatMap(({ subnet, gateway, range }) => [
      ...['--subnet', subnet],
      ...unless('--gateway', gateway),
      ...unless('--ip-range', range),
    ]),
    ...when(request.internal, '--internal'),
    ...when(request.attachable, '--attachable'),
    ...when(request.ipv6, '--ipv6'),
    ...each('-o', assignments(request.options)),
    ...each('--label', assignments(request.labels)),
    request.name,
  ]
}

export function removeNetworkCommand(name: string): string[] {
  return ['docker', 'network', 'rm', name]
}

export function pruneNetworksCommand(): string[] {
  return ['docker', 'network', 'prune']
}

/** `network` and `container` are names. */
export function connectCommand({ network, container, aliases, ipv4, ipv6 }: ConnectRequest): string[] {
  return [
    ...['docker', 'network', 'connect'],
    ...each('--alias', aliases),
    ...unless('--ip', ipv4),
    ...unless('--ip6', ipv6),
    network,
    container,
  ]
}

export function disconnectCommand(network: string, container: string): string[] {
  return ['docker', 'network', 'disconnect', network, container]
}
