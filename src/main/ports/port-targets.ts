import type { PortBinding } from '../../shared/ports'

/** A port that a container publishes. */
export interface PublishedPort {
  containerId: string
  binding: PortBinding
}

/** How the connections of a published port get into the machine. */
export type Route =
  /** QEMU's user network, to an address of the machine's network card: TCP and UDP. */
  | { kind: 'network'; guestAddress?: string }
  /** Berth's own listener and an SSH stream, to an address that only the machine itself reaches: TCP. */
  | { kind: 'ssh'; guestAddress: string }
  /** The user network, and a bridge in the machine to an IPv6 address: UDP. */
  | { kind: 'bridge'; guestAddress: string }
  | { kind: 'none'; code: 'port.sctp' }

export interface PortTarget {
  /** The host address that listens. */
  address: string
  route: Route
  /** The system lets this user listen on all addresses only. Connections from other computers are refused. */
  guarded: boolean
}

export interface TargetOptions {
  /** The user has opened the port to the local network. */
  toNetwork?: boolean
  platform?: NodeJS.Platform
}

/**
 * Where a binding listens on the host, and how its connections get into the machine. A binding without an address
 * listens on the loopback. A port is open to the local network only if its address or the user says so. The machine
 * accepts packets for the exact address that the port is published on, its own or the host's
 * (vm-assets/rootfs/etc/berth/published.nft). The user network has IPv4 only.
 */
export function portTarget(
  { hostIp, hostPort, protocol }: PortBinding,
  { toNetwork = false, platform = process.platform }: TargetOptions = {},
): PortTarget {
  const asked = hostIp === '' ? '127.0.0.1' : hostIp
  const address = toNetwork && asked === '127.0.0.1' ? '0.0.0.0' : asked
  const route = routeOf(hostIp, protocol)
  // macOS reserves the ports below 1024 of each single address, but not those of the wildcard (xnu, in_pcbbind).
  const guarded = platform === 'darwin' && hostPort < 1024 && address === '127.0.0.1' && protocol === 'tcp'
  return { address, route, guarded }
}

function routeOf(hostIp: string, protocol: PortBinding['protocol']): Route {
  if (protocol === 'sctp') return { kind: 'none', code: 'port.sctp' }
  if (hostIp === '' || hostIp === '0.0.0.0') return { kind: 'network' }
  if (!hostIp.includes(':')) return { kind: 'network', guestAddress: hostIp }
  const guestAddress = hostIp === '::' ? '::1' : hostIp
  return { kind: protocol === 'udp' ? 'bridge' : 'ssh', guestAddress }
}

/** Whether `localhost`, which may mean ::1, reaches a listener on this address. */
export function isLocalhost(address: string): boolean {
  return address === '127.0.0.1' || address === '0.0.0.0'
}

/** Whether two addresses exclude each other as listeners of one port: they are equal, or one is the wildcard. */
export function overlaps(a: string, b: string): boolean {
  if (a.includes(':') !== b.includes(':')) return false
  return a === b || isWildcard(a) || isWildcard(b)
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

/** `5000/tcp`. */
export function numberOf({ hostPort, protocol }: PortBinding): string {
  return `${hostPort}/${protocol}`
}

/** `5000/tcp 127.0.0.1`. Two bindings may write the address of the same host port differently. */
export function hostPortKey(binding: PortBinding): string {
  return `${numberOf(binding)} ${portTarget(binding).address}`
}
