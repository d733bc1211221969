import { isActive, type Container } from '../../shared/containers'
import type { PortBinding, PortForward } from '../../shared/ports'

export type PortState = 'open' | 'failed' | 'waiting' | 'closed'

export interface ShownPort {
  binding: PortBinding
  state: PortState
  /** Set for an open TCP port only: a web page may answer there. */
  url: string | undefined
  forward: PortForward | undefined
  /** Other computers can reach the port. */
  onNetwork: boolean
}

function key({ hostIp, hostPort, containerPort, protocol }: PortBinding): string {
  return `${hostIp} ${String(hostPort)} ${String(containerPort)}/${protocol}`
}

/** `http://localhost:5000` for a port on every address or on loopback; otherwise the URL names the address. */
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
    onNetwork: isOpen && (forward.address === '0.0.0.0' || forward.address === '::'),
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
 * The ports of a container, each with its state on this computer. The published ports come first. The others are
 * ports that a container on the machine's own network listens on. `forwards` are the forwards of this container.
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

/** `5000→8080/tcp`. */
export function portText({ hostPort, containerPort, protocol }: PortBinding): string {
  return `${String(hostPort)}→${String(containerPort)}/${protocol}`
}

/** `127.0.0.1:5000`, `[::1]:5000`. */
export function hostAndPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`
}

/** One port of a container, as the Ports page lists it. */
export interface PortRow extends ShownPort {
  key: string
  container: Container
  /** The host address that the port has, or will have once it is open: `127.0.0.1`. */
  address: string
}

/** Every port of every container: open, waiting, failed, or closed because the container does not run. */
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
 * Whether the user may open a port to the local network: `switch` if so. `asked`: the container has asked for a
 * network address itself. `never`: the port cannot be opened there.
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
