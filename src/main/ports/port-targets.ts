import type { PortBinding } from '../../shared/ports'

/** How a published port is carried into the machine. */
export type Carrier =
  /** QEMU's user network, to an address of the machine's network card: TCP and UDP. */
  | { kind: 'network'; guestAddress?: string }
  /** A listener of ours and an SSH stream, to an address only the machine itself reaches: TCP. */
  | { kind: 'ssh'; guestAddress: string }
  | { kind: 'none'; reason: string }

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

/** The machine leads what arrives there to its own loopback (vm-assets/rootfs/etc/berth/loopback.nft). */
const loopbackOfGuest = '10.0.2.16'

/**
 * Where a binding listens on the host and how it gets into the machine. Only an explicit wildcard, or the user's
 * switch, opens a port to the local network. Docker binds the address inside the machine: of the loopback addresses
 * there only 127.0.0.1 is in the user network's reach, and QEMU listens on IPv4 only.
 */
export function portTarget(
  { hostIp, hostPort, protocol }: PortBinding,
  { toNetwork = false, platform = process.platform }: TargetOptions = {},
): PortTarget {
  const asked = hostAddress(hostIp)
  const address = toNetwork && asked === '127.0.0.1' ? '0.0.0.0' : asked
  const carrier = carrierOf(hostIp, protocol)
  // macOS reserves the ports below 1024 of each single address, and not those of the wildcard (xnu, in_pcbbind).
  const guarded = platform === 'darwin' && hostPort < 1024 && address === '127.0.0.1' && protocol === 'tcp'
  return guarded && carrier.kind === 'network'
    ? { address, carrier: { kind: 'ssh', guestAddress: '127.0.0.1' }, guarded }
    : { address, carrier, guarded }
}

/** Whether `localhost`, which may mean ::1, leads to what listens on this address. */
export function isLocalhost(address: string): boolean {
  return address === '127.0.0.1' || address === '0.0.0.0'
}

function hostAddress(hostIp: string): string {
  return hostIp === '0.0.0.0' || hostIp === '::' || hostIp === '::1' ? hostIp : '127.0.0.1'
}

function carrierOf(hostIp: string, protocol: PortBinding['protocol']): Carrier {
  if (protocol === 'sctp') return { kind: 'none', reason: 'SCTP cannot be forwarded to the host' }
  if (hostIp === '127.0.0.1') return { kind: 'network', guestAddress: loopbackOfGuest }
  const onlyInside = hostIp.startsWith('127.') || hostIp.includes(':')
  if (!onlyInside) return { kind: 'network' }
  if (protocol === 'udp')
    return {
      kind: 'none',
      reason: `UDP published on ${hostIp} cannot be forwarded: publish it without an address`,
    }
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
