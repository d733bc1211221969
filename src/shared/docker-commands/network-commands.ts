import type { ConnectRequest, CreateNetwork } from '../networks'
import type { NewVolume } from '../volumes'
import { each, unless, when } from './words'

function pairs(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`)
}

export function createVolumeCommand({ name, driver, options, labels }: NewVolume): string[] {
  return [
    ...['docker', 'volume', 'create'],
    ...unless('-d', driver, 'local'),
    ...each('-o', pairs(options)),
    ...each('--label', pairs(labels)),
    name,
  ]
}

export function removeVolumeCommand(name: string): string[] {
  return ['docker', 'volume', 'rm', name]
}

export function pruneVolumesCommand(): string[] {
  return ['docker', 'volume', 'prune', '-a']
}

export function createNetworkCommand(request: CreateNetwork): string[] {
  const written = (rows: CreateNetwork['labels']) => rows.map(({ name, value }) => `${name}=${value}`)
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
    ...each('-o', written(request.options)),
    ...each('--label', written(request.labels)),
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
