import type { PortBinding } from '../../shared/ports'

/** How a published port is carried into the machine. */
export type Carrier =
  /** QEMU's user network, to the machine's network card: TCP and UDP. */
  | { kind: 'network' }
  /** A listener of ours and an SSH stream, to an address only the machine itself reaches: TCP. */
  | { kind: 'ssh'; guestAddress: string }
  | { kind: 'none'; reason: string }

export interface PortTarget {
  /** The host address that listens. */
  address: string
  carrier: Carrier
}

/**
 * Where a binding listens on the host and how it gets into the machine. Only an explicit wildcard opens a port to
 * the local network. Docker binds the address inside the machine: a loopback address there is out of the user
 * network's reach, and QEMU listens on IPv4 only.
 */
export function portTarget({ hostIp, protocol }: PortBinding): PortTarget {
  const address = hostAddress(hostIp)
  return { address, carrier: carrierOf(hostIp, protocol) }
}

function hostAddress(hostIp: string): string {
  return hostIp === '0.0.0.0' || hostIp === '::' || hostIp === '::1' ? hostIp : '127.0.0.1'
}

function carrierOf(hostIp: string, protocol: PortBinding['protocol']): Carrier {
  if (protocol === 'sctp') return { kind: 'none', reason: 'SCTP cannot be forwarded to the host' }
  const onlyInside = hostIp.startsWith('127.') || hostIp.includes(':')
  if (!onlyInside) return { kind: 'network' }
  if (protocol === 'udp')
    return {
      kind: 'none',
      reason: `UDP published on ${hostIp} cannot be forwarded: publish it without an address`,
    }
  return { kind: 'ssh', guestAddress: hostIp === '::' ? '::1' : hostIp }
}

/** Whether two host listeners exclude each other: the same port, and addresses of which one covers the other. */
export function overlaps(
  a: { address: string; binding: PortBinding },
  b: { address: string; binding: PortBinding },
): boolean {
  if (a.binding.hostPort !== b.binding.hostPort || a.binding.protocol !== b.binding.protocol) return false
  return a.address === b.address || isWildcard(a.address) || isWildcard(b.address)
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}
