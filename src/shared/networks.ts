import { z } from 'zod'
import constants from '../../vm-assets/guest-constants.json' with { type: 'json' }
import type { Container } from './containers'
import {
  containsAddress,
  containsRange,
  hasHostBits,
  parseAddress,
  parseRange,
  rangesOverlap,
  rangeText,
} from './ip-ranges'

const textMap = z.record(z.string(), z.string())

export const networkSubnetSchema = z.object({
  /** In CIDR form, such as `172.20.0.0/16`. */
  subnet: z.string(),
  /** Empty if the network has none. */
  gateway: z.string(),
  /** The part of the subnet from which the engine assigns addresses. Empty for the whole subnet. */
  range: z.string(),
})

export const networkSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** `bridge`, `host`, `null`, or the name of a plugin. */
  driver: z.string(),
  scope: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  internal: z.boolean(),
  attachable: z.boolean(),
  ipv6: z.boolean(),
  /** True for the network that a swarm uses for published ports. */
  ingress: z.boolean(),
  subnets: z.array(networkSubnetSchema),
  options: textMap,
  labels: textMap,
})
export type Network = z.infer<typeof networkSchema>

/** The networks that the engine makes itself. Nobody can remove them. */
const predefined = new Set(['bridge', 'host', 'none', 'nat', 'default'])

export function isPredefined({ name }: Pick<Network, 'name'>): boolean {
  return predefined.has(name)
}

/** True if a network belongs to the swarm. The engine removes it when the swarm no longer needs it. */
function belongsToSwarm({ name, ingress, scope }: Network): boolean {
  return ingress || scope === 'swarm' || name === 'docker_gwbridge'
}

/** The containers that have an endpoint in a network, running or not. */
export function networkUsers<C extends Pick<Container, 'endpoints'>>(
  containers: Iterable<C>,
  { id, name }: Pick<Network, 'id' | 'name'>,
): C[] {
  return [...containers].filter(({ endpoints }) =>
    // A container that has never run knows its network by name only.
    endpoints.some(({ network, networkId }) => (networkId === '' ? network === name : networkId === id)),
  )
}

/**
 * The networks that a prune removes: no container uses them, not even a stopped one. (The engine's own prune also
 * removes the networks of stopped containers, which then cannot start.)
 */
export function unusedNetworks(
  networks: Iterable<Network>,
  containers: readonly Pick<Container, 'endpoints'>[],
): Network[] {
  return [...networks].filter(
    (network) =>
      !isPredefined(network) && !belongsToSwarm(network) && networkUsers(containers, network).length === 0,
  )
}

/** The machine's own networks. A container network with the same addresses would cut the machine off. */
export const machineSubnets: readonly string[] = [
  `${constants.network.host}/${String(constants.network.prefixLength)}`,
  `${constants.network.hostIpv6}/64`,
  '127.0.0.0/8',
  '169.254.0.0/16',
  '::1/128',
].map((text) => {
  const range = parseRange(text)
  return range === undefined ? text : rangeText(range)
})

/** Finds the object whose addresses a new subnet would take. Returns undefined if the subnet is free. */
export function subnetConflict(
  subnet: string,
  networks: Iterable<Pick<Network, 'name' | 'subnets'>>,
): { network: string; subnet: string } | { machine: string } | undefined {
  const range = parseRange(subnet)
  if (range === undefined) return undefined
  const collides = (other: string): boolean => {
    const parsed = parseRange(other)
    return parsed !== undefined && rangesOverlap(range, parsed)
  }
  const machine = machineSubnets.find(collides)
  if (machine !== undefined) return { machine }
  for (const network of networks) {
    const found = network.subnets.find((each) => collides(each.subnet))
    if (found !== undefined) return { network: network.name, subnet: found.subnet }
  }
  return undefined
}

/** The engine's own rule for the names of networks (`[a-zA-Z0-9][a-zA-Z0-9_.-]*`). */
export const networkNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/)
  .max(255)

const pairs = z
  .array(
    z.object({
      name: z
        .string()
        .regex(/^[^\s=\0]+$/)
        .max(1000),
      value: z
        .string()
        .regex(/^[^\0]*$/)
        .max(10_000),
    }),
  )
  .max(100)

export const networkDrivers = ['bridge', 'ipvlan', 'macvlan'] as const

const addressOrEmpty = z
  .string()
  .refine((text) => text === '' || parseAddress(text) !== undefined, { message: 'address' })

/** The reason why a field of a new network is not valid. The renderer has a text for each. */
export type NetworkProblem =
  | 'address'
  | 'subnet'
  | 'subnet-small'
  | 'host-bits'
  | 'gateway-outside'
  | 'range-outside'
  | 'own-overlap'
  | 'needs-ipv6'
  | 'one-per-family'
  | 'duplicate'

/** A smaller subnet has no room for a gateway and a container. */
const longestPrefix = { 4: 30, 6: 126 } as const

export const createNetworkSchema = z
  .object({
    name: networkNameSchema,
    driver: z.enum(networkDrivers),
    subnets: z.array(z.object({ subnet: z.string(), gateway: addressOrEmpty, range: z.string() })).max(16),
    internal: z.boolean(),
    attachable: z.boolean(),
    ipv6: z.boolean(),
    options: pairs,
    labels: pairs,
  })
  .superRefine((request, context) => {
    const problem = (path: (string | number)[], message: NetworkProblem) => {
      context.addIssue({ code: 'custom', path, message })
    }
    for (const [index, entry] of request.subnets.entries()) {
      const path = ['subnets', index]
      const range = parseRange(entry.subnet)
      if (range === undefined) {
        problem([...path, 'subnet'], 'subnet')
        continue
      }
      const earlier = request.subnets.slice(0, index).flatMap(({ subnet }) => parseRange(subnet) ?? [])
      if (range.prefix > longestPrefix[range.family]) problem([...path, 'subnet'], 'subnet-small')
      else if (hasHostBits(entry.subnet)) problem([...path, 'subnet'], 'host-bits')
      else if (earlier.some((other) => rangesOverlap(other, range)))
        problem([...path, 'subnet'], 'own-overlap')
      else if (request.driver === 'bridge' && earlier.some(({ family }) => family === range.family))
        problem([...path, 'subnet'], 'one-per-family')
      else if (range.family === 6 && !request.ipv6) problem([...path, 'subnet'], 'needs-ipv6')
      if (entry.gateway !== '' && !containsAddress(range, entry.gateway))
        problem([...path, 'gateway'], 'gateway-outside')
      const part = parseRange(entry.range)
      if (entry.range !== '' && (part === undefined || !containsRange(range, part)))
        problem([...path, 'range'], 'range-outside')
    }
    for (const field of ['options', 'labels'] as const) {
      const names = new Set<string>()
      for (const [index, { name }] of request[field].entries()) {
        if (names.has(name)) problem([field, index, 'name'], 'duplicate')
        names.add(name)
      }
    }
  })
export type CreateNetwork = z.infer<typeof createNetworkSchema>

/** A name by which other containers of a network find a container: the labels of a host name. */
export const networkAliasSchema = z
  .string()
  .regex(/^[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?$/)
  .max(253)

export const connectRequestSchema = z.object({
  network: z.string().min(1),
  container: z.string().min(1),
  aliases: z.array(networkAliasSchema).max(50),
  /** A fixed address. Empty if the engine chooses the address. */
  ipv4: z.literal('').or(z.ipv4()),
  ipv6: z.literal('').or(z.ipv6()),
})
export type ConnectRequest = z.infer<typeof connectRequestSchema>
