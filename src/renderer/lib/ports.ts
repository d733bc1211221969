import type { Container, ContainerRunState } from '../../shared/containers'
import type { PortBinding, PortForward } from '../../shared/ports'

export type PortState = 'open' | 'failed' | 'waiting' | 'closed'

export interface ShownPort {
  binding: PortBinding
  state: PortState
  /** Only for an open TCP port: whatever answers there may well be a web page. */
  url: string | undefined
  forward: PortForward | undefined
  /** Other computers can reach it. */
  onNetwork: boolean
}

/** The states in which a container has its ports open. */
const publishingStates: ContainerRunState[] = ['running', 'paused', 'restarting']

function key({ hostIp, hostPort, containerPort, protocol }: PortBinding): string {
  return `${hostIp} ${String(hostPort)} ${String(containerPort)}/${protocol}`
}

/** `http://localhost:5000` for what listens on every address or on loopback, else the address itself. */
function portUrl({ binding, address }: PortForward): string {
  const host = ['127.0.0.1', '0.0.0.0', '::', ''].includes(address)
    ? 'localhost'
    : address.includes(':')
      ? `[${address}]`
      : address
  return `http://${host}:${String(binding.hostPort)}`
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

/** Forwards by container. */
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
 * The ports of a container with what became of each on the host: those it publishes, then those that it was found
 * listening on because it is on the machine's own network. `forwards` are the container's own.
 */
export function shownPorts(container: Container, forwards: readonly PortForward[] = []): ShownPort[] {
  const publishes = publishingStates.includes(container.state)
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
