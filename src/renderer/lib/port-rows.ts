import type { Container } from '../../shared/containers'
import type { PortForward } from '../../shared/ports'
import { shownPorts, type ShownPort } from './ports'

/** One port of a container, as the Ports page lists it. */
export interface PortRow extends ShownPort {
  key: string
  container: Container
  /** The host address that listens, or is to: `127.0.0.1`. */
  address: string
}

/** Every port that the containers have, want to have, or would have open on this computer if they ran. */
export function portRows(
  containers: Iterable<Container>,
  forwards: ReadonlyMap<string, readonly PortForward[]>,
): PortRow[] {
  return [...containers].flatMap((container) =>
    shownPorts(container, forwards.get(container.id)).map((port, index) => ({
      ...port,
      container,
      key: `${container.id} ${String(index)}`,
      address: port.forward?.address ?? (port.binding.hostIp || '127.0.0.1'),
    })),
  )
}

/** `127.0.0.1:5000`, `[::1]:5000`. */
export function hostAndPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`
}

/**
 * Whether the user may open it to the local network: `switch`; or not, because its container has done so already, or
 * for one of its addresses (`asked`), or because nothing can be opened there (`never`).
 */
export function networkChoice({ binding, forward }: PortRow): 'switch' | 'asked' | 'never' {
  const { hostIp, protocol } = binding
  if (hostIp !== '' && !isLoopback(hostIp)) return 'asked'
  const isLocalhost = hostIp === '' || hostIp === '127.0.0.1'
  return protocol === 'sctp' || !isLocalhost || forward === undefined ? 'never' : 'switch'
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
