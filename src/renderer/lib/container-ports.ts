import type { Container } from '../../shared/containers'
import type { PortBinding, PortForward } from '../../shared/ports'

export type PortState = 'open' | 'failed' | 'waiting' | 'closed'

export interface ShownPort {
  binding: PortBinding
  state: PortState
  /** Only for an open TCP port: whatever answers there may well be a web page. */
  url: string | undefined
  forward: PortForward | undefined
}

function same(a: PortBinding, b: PortBinding): boolean {
  return (
    a.hostPort === b.hostPort &&
    a.containerPort === b.containerPort &&
    a.protocol === b.protocol &&
    a.hostIp === b.hostIp
  )
}

function portState(container: Container, forward: PortForward | undefined): PortState {
  if (container.state !== 'running') return 'closed'
  return forward?.state ?? 'waiting'
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

/** The published ports of a container with what became of each on the host. */
export function shownPorts(container: Container, forwards: readonly PortForward[]): ShownPort[] {
  return container.ports.map((binding) => {
    const forward = forwards.find((one) => one.containerId === container.id && same(one.binding, binding))
    const state = portState(container, forward)
    const url =
      state === 'open' && binding.protocol === 'tcp' && forward !== undefined ? portUrl(forward) : undefined
    return { binding, state, url, forward }
  })
}

/** `5000→8080/tcp`. */
export function portText({ hostPort, containerPort, protocol }: PortBinding): string {
  return `${String(hostPort)}→${String(containerPort)}/${protocol}`
}
