import { isActive, type Container } from '../../shared/containers'
import { bracketed } from '../../shared/port-addresses'
import type { PortBinding, PortForward } from '../../shared/ports'

export type PortState = 'open' | 'failed' | 'waiting' | 'closed'

export interface ShownPort {
  binding: PortBinding
  state: PortState
  /** The URL of an open TCP port: a web server may answer there. Undefined for other ports. */
  url: string | undefined
  forward: PortForward | undefined
  /** True if the port is open on an address that other computers in the network can reach. */
  onNetwork: boolean
}

function key({ hostIp, hostPort, containerPort, protocol }: PortBinding): string {
  return `${hostIp} ${String(hostPort)} ${String(containerPort)}/${protocol}`
}

/** Returns a URL with `localhost` for a port on 127.0.0.1 or on all addresses. Other URLs have the port's address. */
function portUrl({ binding, address }: PortForward): string {
  const isLocalhost = ['127.0.0.1', '0.0.0.0', '::', ''].includes(address)
  return `http://${hostAndPort(isLocalhost ? 'localhost' : address, binding.hostPort)}`
}

function shownPort(binding: PortBinding, forward: PortForward | undefined, publishes: boolean): ShownPort {
  const state = publishes ? (forward?.state ?? 'waiting') : 'closed'
  const isOpen = state === 'open' && forward !== undefined
  return {
    binding,
    state,
    url: isOpen && binding.protocol === 'tcp' ? portUrl(forward) : undefined,
    forward,
    onNetwork: isOpen && !isLoopback(forward.address),
  }
}

/** Groups forwards by the id of their container. */
export function byContainer(forwards: readonly PortForward[]): Map<string, PortForward[]> {
  const found = new Map<string, PortForward[]>()
  for (const forward of forwards) {
    const others = found.get(forward.containerId)
    if (others === undefined) found.set(forward.containerId, [forward])
    else others.push(forward)
  }
  return found
}

/**
 * Returns the ports of a container with their states on this computer. The published ports come first. If the container
 * uses the machine's network, the ports on which it listens follow. `forwards` has the forwards of this container.
 */
export function shownPorts(container: Container, forwards: readonly PortForward[] = []): ShownPort[] {
  const publishes = isActive(container)
  const open = new Map(forwards.map((forward) => [key(forward.binding), forward]))
  const published = container.ports.map((binding) => {
    const forward = open.get(key(binding))
    open.delete(key(binding))
    return shownPort(binding, forward, publishes)
  })
  const found = publishes
    ? [...open.values()].map((forward) => shownPort(forward.binding, forward, true))
    : []
  return [...published, ...found]
}

/** Formats a port binding, such as `5000→8080/tcp`. */
export function portText({ hostPort, containerPort, protocol }: PortBinding): string {
  return `${String(hostPort)}→${String(containerPort)}/${protocol}`
}

/** Formats an address and a port, such as `127.0.0.1:5000` or `[::1]:5000`. */
export function hostAndPort(address: string, port: number): string {
  return `${bracketed(address)}:${String(port)}`
}

/** A row of the Ports page: one port of a container. */
export interface PortRow extends ShownPort {
  key: string
  container: Container
  /** The host address of the port. Without a forward, the address in the binding, or `127.0.0.1` if it has none. */
  address: string
}

/** Returns the ports of all containers in any state. The ports of a stopped container are closed. */
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

/**
 * Says whether the user may open a port to the local network. `switch`: the user decides. `asked`: the container's port
 * binding already names a network address. `never`: Berth cannot open the port to the local network.
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
