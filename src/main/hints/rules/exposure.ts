import { posix } from 'node:path'
import type { FindingOf } from '../../../shared/hints'
import type { PortForward } from '../../../shared/ports'
import { engineSocketPath } from '../../engine'
import type { Subject } from '../subject'

const everyAddress = new Set(['0.0.0.0', '::'])

/** The ports of forwards, each only once: a port is open for IPv4 and for IPv6. */
function portsOf(forwards: readonly PortForward[]): PortForward['binding'][] {
  const byPort = new Map(
    forwards.map(({ binding }) => [
      `${String(binding.hostPort)} ${String(binding.containerPort)}/${binding.protocol}`,
      binding,
    ]),
  )
  return [...byPort.values()]
}

/** The container asks for a port on every address of this computer. */
export function publishedRule({ forwards }: Subject): FindingOf<'published'> | undefined {
  const open = forwards.filter(
    ({ state, toNetwork, binding }) => state === 'open' && !toNetwork && everyAddress.has(binding.hostIp),
  )
  return open.length === 0 ? undefined : { rule: 'published', ports: portsOf(open) }
}

/** The user has opened a port of the container to the network. */
export function networkSwitchRule({ forwards }: Subject): FindingOf<'network-switch'> | undefined {
  const open = forwards.filter(
    ({ state, toNetwork, error }) => state === 'open' && toNetwork && error === undefined,
  )
  return open.length === 0 ? undefined : { rule: 'network-switch', ports: portsOf(open) }
}

/** A program with the docker socket controls the engine. */
export function dockerSocketRule({ container }: Subject): FindingOf<'docker-socket'> | undefined {
  const isSocket = (path: string) => posix.basename(path) === posix.basename(engineSocketPath)
  const mount = container.mounts.find(
    ({ type, source, destination }) => type === 'bind' && (isSocket(source) || isSocket(destination)),
  )
  return mount && { rule: 'docker-socket', path: mount.destination }
}

export function privilegedRule({ setup }: Subject): FindingOf<'privileged'> | undefined {
  const { privileged, devices, capAdd } = setup
  return privileged ? { rule: 'privileged', uses: [...devices, ...capAdd] } : undefined
}

/** A container without a process or network namespace of its own. */
export function hostNamespacesRule({ container, setup }: Subject): FindingOf<'host-namespaces'> | undefined {
  const [pid, network] = [setup.hostPid, container.networkMode === 'host']
  return pid || network ? { rule: 'host-namespaces', pid, network } : undefined
}
