import type { PortBinding } from '../../shared/ports'

/** How a published port is carried into the machine. */
export type Carrier =
  /** QEMU's user network, to an address of the machine's network card: TCP and UDP. */
  | { kind: 'network'; guestAddress?: string }
  /** A listener of ours and an SSH stream, to an address only the machine itself reaches: TCP. */
  | { kind: 'ssh'; guestAddress: string }
  | { kind: 'none'; code: 'port.udp-ipv6' | 'port.sctp' }

export interface PortTarget {
  /** The host address that answers. */
  address: string
  carrier: Carrier
  /** The system lets this user listen on every address only: connections from other computers are refused. */
  guarded: boolean
}

export interface TargetOptions {
  /** The user has opened the port to the local network. */
  toNetwork?: boolean
  platform?: NodeJS.Platform
}

/**
 * Where a binding listens on the host and how it gets into the machine. Without an address that is the loopback: only
 * an address that was asked for, or the user's switch, opens a port to the local network. The machine takes what is
 * sent to the very address that the port is published on, be it its own or the host's
 * (vm-assets/rootfs/etc/berth/published.nft); only the user network speaks IPv4 alone.
 */
export function portTarget(
  { hostIp, hostPort, protocol }: PortBinding,
  { toNetwork = false, platform = process.platform }: TargetOptions = {},
): PortTarget {
  const asked = hostIp === '' ? '127.0.0.1' : hostIp
  const address = toNetwork && asked === '127.0.0.1' ? '0.0.0.0' : asked
  const carrier = carrierOf(hostIp, protocol)
  // macOS reserves the ports below 1024 of each single address, and not those of the wildcard (xnu, in_pcbbind).
  const guarded = platform === 'darwin' && hostPort < 1024 && address === '127.0.0.1' && protocol === 'tcp'
  return { address, carrier, guarded }
}

/** Whether `localhost`, which may mean ::1, leads to what listens on this address. */
export function isLocalhost(address: string): boolean {
  return address === '127.0.0.1' || address === '0.0.0.0'
}

function carrierOf(hostIp: string, protocol: PortBinding['protocol']): Carrier {
  if (protocol === 'sctp') return { kind: 'none', code: 'port.sctp' }
  if (hostIp === '' || hostIp === '0.0.0.0') return { kind: 'network' }
  if (!hostIp.includes(':')) return { kind: 'network', guestAddress: hostIp }
  if (protocol === 'udp') return { kind: 'none', code: 'port.udp-ipv6' }
  return { kind: 'ssh', guestAddress: hostIp === '::' ? '::1' : hostIp }
}

/** Whether two addresses exclude each other as listeners of one port: equal, or one is the wildcard of both. */
export function overlaps(a: string, b: string): boolean {
  if (a.includes(':') !== b.includes(':')) return false
  return a === b || isWildcard(a) || isWildcard(b)
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}
