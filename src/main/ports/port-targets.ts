import type { PortBinding } from '../../shared/ports'

/** A port that a container publishes. */
export interface PublishedPort {
  containerId: string
  binding: PortBinding
}

/** The route of a published port's connections into the machine. */
export type Route =
  /** TCP and UDP through QEMU's user network. Default of `guestAddress`: the address of the machine's network card. */
  | { kind: 'network'; guestAddress?: string }
  /** TCP through Berth's own listener and an SSH stream, to an address that only the machine itself reaches. */
  | { kind: 'ssh'; guestAddress: string }
  /** UDP through QEMU's user network and a bridge in the machine, to an IPv6 address. */
  | { kind: 'bridge'; guestAddress: string }
  | { kind: 'none'; code: 'port.sctp' }

export interface PortTarget {
  /** The host address to listen on. */
  address: string
  route: Route
  /**
   * True if the system lets this user listen only on the wildcard address. Berth then listens there, and refuses
   * connections from other computers.
   */
  guarded: boolean
}

export interface TargetOptions {
  /** The user has opened the port to the local network. */
  toNetwork?: boolean
  platform?: NodeJS.Platform
}

/**
 * Returns the host address of a binding, and the route of its connections into the machine. A binding without an
 * address listens on the loopback address. A port is open to the local network only if the binding's address or the
 * user's choice opens it. The machine accepts packets only for the exact address on which the port is published
 * (vm-assets/rootfs/etc/berth/published.nft). That address belongs to the machine or to the host. QEMU's user network
 * carries IPv4 only.
 */
export function portTarget(
  { hostIp, hostPort, protocol }: PortBinding,
  { toNetwork = false, platform = process.platform }: TargetOptions = {},
): PortTarget {
  const asked = hostIp === '' ? '127.0.0.1' : hostIp
  const address = toNetwork && asked === '127.0.0.1' ? '0.0.0.0' : asked
  const route = routeOf(hostIp, protocol)
  // macOS reserves ports below 1024 on each single address, but not on the wildcard address (xnu, in_pcbbind).
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

/** Whether a listener on this address should be reachable as `localhost`. That name may also mean ::1. */
export function isLocalhost(address: string): boolean {
  return address === '127.0.0.1' || address === '0.0.0.0'
}

/** Returns e.g. `5000/tcp`. */
export function numberOf({ hostPort, protocol }: PortBinding): string {
  return `${hostPort}/${protocol}`
}

/**
 * Returns e.g. `5000/tcp 127.0.0.1`. Two bindings of the same host port have equal keys, even if they write its address
 * differently.
 */
export function hostPortKey(binding: PortBinding): string {
  return `${numberOf(binding)} ${portTarget(binding).address}`
}
