import { protocols, type PortBinding, type Protocol } from '../../shared/ports'
import type { PortMap } from './schemas'

interface ContainerPort {
  containerPort: number
  protocol: Protocol
}

/**
 * A container's published ports. `requested` (HostConfig.PortBindings) has the addresses that the user asked for.
 * `actual` (NetworkSettings.Ports) is empty unless the container runs. It has the host ports that the engine chose for
 * ephemeral ports and ranges. If the user wrote no address, it may list a port twice: for IPv4 and for IPv6.
 */
export function portBindings(requested: PortMap, actual: PortMap): PortBinding[] {
  const bindings: PortBinding[] = []
  const started = Object.values(actual).some((addresses) => (addresses ?? []).length > 0)
  for (const [key, addresses] of Object.entries(started ? actual : requested)) {
    const port = parseContainerPort(key)
    if (port === undefined) continue
    const asked = requested[key] ?? []
    const found = (addresses ?? []).flatMap(({ HostIp = '', HostPort = '' }): PortBinding[] => {
      // Before the start, an ephemeral port or a range has no single number.
      if (!/^[0-9]+$/.test(HostPort) || Number(HostPort) === 0) return []
      const hostIp = started ? askedAddress(asked, HostIp, Number(HostPort)) : HostIp
      return [{ hostIp, hostPort: Number(HostPort), ...port }]
    })
    bindings.push(
      ...found.filter((binding, index) => found.findIndex((other) => equal(binding, other)) === index),
    )
  }
  return bindings.sort((a, b) => a.containerPort - b.containerPort || a.hostPort - b.hostPort)
}

/** Ports that the image or the container exposes but does not publish, e.g. `8080/tcp`. */
export function unpublishedPorts(exposed: Iterable<string>, published: PortBinding[]): string[] {
  const keys = new Set(published.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`))
  return [...exposed].filter((key) => !keys.has(key)).sort((a, b) => Number.parseInt(a) - Number.parseInt(b))
}

function parseContainerPort(key: string): ContainerPort | undefined {
  const [port, name = 'tcp'] = key.split('/')
  const protocol = protocols.find((candidate) => candidate === name)
  return protocol === undefined ? undefined : { containerPort: Number(port), protocol }
}

type HostPort = NonNullable<PortMap[string]>[number]

/** The host address of a binding. Empty if the engine listens on 0.0.0.0 or :: and the user wrote no address. */
function askedAddress(asked: HostPort[], actualIp: string, hostPort: number): string {
  const candidates = asked.filter(({ HostPort = '' }) => coversPort(HostPort, hostPort))
  const exact = candidates.find(({ HostIp = '' }) => HostIp === actualIp)
  if (exact !== undefined) return actualIp
  // Any address other than 0.0.0.0 and :: is the engine's default address, which daemon.json or a network may set.
  return isWildcard(actualIp) ? '' : actualIp
}

function coversPort(asked: string, port: number): boolean {
  if (asked === '' || asked === '0') return true
  const [first, last = first] = asked.split('-').map(Number)
  return first !== undefined && last !== undefined && first <= port && port <= last
}

function isWildcard(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}

function equal(a: PortBinding, b: PortBinding): boolean {
  return a.hostIp === b.hostIp && a.hostPort === b.hostPort
}
