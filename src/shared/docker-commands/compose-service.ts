import type { ContainerSpec } from '../run'
import { writeSize } from '../sizes'
import { filled, pairs } from './compose-entries'
import { deviceText, portText } from './run-command'

/** The keys of a service that the form knows. Some values are empty. */
export function serviceEntries(spec: ContainerSpec): [string, unknown][] {
  const [first] = spec.networks
  const isAlone = first?.network === 'host' || first?.network === 'none'
  return [
    ['image', spec.image],
    ['container_name', spec.name],
    ['platform', spec.platform],
    ['entrypoint', spec.entrypoint],
    ['command', spec.command],
    ['working_dir', spec.workingDirectory],
    ['user', spec.user],
    ['tty', spec.tty],
    ['stdin_open', spec.openStdin],
    ['restart', restartText(spec)],
    ['init', spec.init],
    ['privileged', spec.privileged],
    ['pid', spec.hostPid ? 'host' : ''],
    ['environment', pairs(spec.environment)],
    ['ports', spec.ports.map(portText)],
    ['volumes', mounts(spec)],
    ['read_only', spec.readOnlyRoot],
    ['cpus', spec.cpus],
    ['mem_limit', spec.memory === 0 ? '' : writeSize(spec.memory)],
    ['pids_limit', spec.pids],
    ['healthcheck', healthcheck(spec)],
    // A network of the container's own is replaced by the extra settings.
    ['network_mode', isAlone ? first.network : spec.networks.length === 0 ? 'bridge' : ''],
    ['networks', networkRows(spec)],
    ['hostname', spec.hostname],
    ['extra_hosts', spec.extraHosts.map(({ name, address }) => `${name}=${address}`)],
    ['dns', unique(spec.dns)],
    ['cap_add', unique(spec.capAdd)],
    ['cap_drop', unique(spec.capDrop)],
    ['devices', unique(spec.devices.map(deviceText))],
    ['labels', pairs(spec.labels)],
    ['logging', logging(spec)],
  ]
}

/** Compose refuses a list that has an entry twice. */
function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}

export function projectNetworks({ networks }: ContainerSpec): ContainerSpec['networks'] {
  return networks.filter(({ network }) => network !== 'host' && network !== 'none')
}

/** Compose orders networks by name. The priorities keep the container's own order: the first is its main network. */
function networkRows(spec: ContainerSpec): Map<string, unknown> {
  const rows = projectNetworks(spec)
  const names = rows.map(({ network }) => network)
  const isSorted = names.every((name, index) => name === [...names].sort()[index])
  return new Map(
    rows.map(({ network, aliases, ipv4, ipv6 }, index) => {
      const options = filled([
        ['aliases', aliases],
        ['ipv4_address', ipv4],
        ['ipv6_address', ipv6],
        ['priority', isSorted ? 0 : rows.length - 1 - index],
      ])
      return [network, options.size === 0 ? null : options]
    }),
  )
}

function restartText({ restart: { policy, retries } }: ContainerSpec): string {
  if (policy === 'no') return ''
  return policy === 'on-failure' && retries > 0 ? `${policy}:${String(retries)}` : policy
}

function mounts({ volumes, binds, tmpfs }: ContainerSpec): unknown[] {
  const long = (type: string, entries: [string, unknown][]) => filled([['type', type], ...entries])
  return [
    ...volumes.map(({ volume, path, readOnly }) =>
      path.includes(':') || (volume === '' && readOnly)
        ? long('volume', [
            ['source', volume],
            ['target', path],
            ['read_only', readOnly],
          ])
        : `${volume === '' ? '' : `${volume}:`}${path}${readOnly ? ':ro' : ''}`,
    ),
    ...binds.map(({ hostPath, path, readOnly }) =>
      long('bind', [
        ['source', hostPath],
        ['target', path],
        ['read_only', readOnly],
      ]),
    ),
    ...tmpfs.map(({ path, size }) =>
      long('tmpfs', [
        ['target', path],
        ['tmpfs', size === 0 ? undefined : new Map([['size', size]])],
      ]),
    ),
  ]
}

function healthcheck({ health }: ContainerSpec): unknown {
  if (health.kind === 'image') return undefined
  if (health.kind === 'none') return new Map([['disable', true]])
  const time = (seconds: number) => (seconds === 0 ? '' : `${String(seconds)}s`)
  return filled([
    ['test', ['CMD-SHELL', health.command]],
    ['interval', time(health.interval)],
    ['timeout', time(health.timeout)],
    ['start_period', time(health.startPeriod)],
    ['retries', health.retries],
  ])
}

function logging({ logging: { driver, options } }: ContainerSpec): unknown {
  if (driver === '' && options.length === 0) return undefined
  return filled([
    ['driver', driver],
    ['options', pairs(options)],
  ])
}
