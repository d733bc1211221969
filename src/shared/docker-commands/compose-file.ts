import { stringify } from 'yaml'
import type { Network } from '../networks'
import { completeSpec, type ContainerSpec } from '../run'
import { writeSize } from '../sizes'
import { deviceText, portText } from './run-command'
import type { WrittenContainer } from './written-container'

/** What a compose file cannot express, with the name of its container. */
export interface MissingSetting {
  name: string
  setting: string
}

type KnownNetwork = Pick<Network, 'name' | 'driver' | 'internal' | 'attachable' | 'ipv6' | 'options'>

/**
 * Writes containers as one compose project. A network becomes an equal network of the project. If a container has a
 * fixed address in it, or its driver is not `bridge`, the project needs the network as it is. A named volume keeps its
 * name, and so its files. `known` are the networks of the engine.
 */
export function composeFile(
  containers: readonly WrittenContainer[],
  known: Iterable<KnownNetwork> = [],
): {
  text: string
  missing: MissingSetting[]
} {
  const names = new Map<string, WrittenContainer>()
  for (const container of containers) names.set(serviceName(container.request.name, names), container)
  const specs = containers.map(({ request, extras }) => ({ spec: completeSpec(request), extras }))
  const services = new Map(
    [...names].map(([name, { request, extras }]): [string, unknown] => {
      const own = Object.entries(withServices(extras.compose, names)).map(
        ([key, value]): [string, unknown] => [key, escapedDeep(value)],
      )
      return [name, new Map([...filled(serviceEntries(completeSpec(request))), ...own])]
    }),
  )
  const volumes = new Map(
    specs.flatMap(({ spec }) =>
      spec.volumes.filter(({ volume }) => volume !== '').map(({ volume }) => [volume, { name: volume }]),
    ),
  )
  const networks = new Map<string, unknown>()
  const knownByName = new Map([...known].map((network) => [network.name, network]))
  for (const { network, ipv4, ipv6 } of specs.flatMap(({ spec }) => projectNetworks(spec)))
    if (ipv4 !== '' || ipv6 !== '' || (knownByName.get(network)?.driver ?? 'bridge') !== 'bridge')
      networks.set(network, { name: network, external: true })
    else if (!networks.has(network)) networks.set(network, networkEntries(knownByName.get(network)))
  const file = filled([
    ['services', services],
    ['networks', networks],
    ['volumes', volumes],
  ])
  const missing = specs.flatMap(({ spec, extras }) =>
    [...(spec.autoRemove ? ['rm'] : []), ...extras.missingInCompose].map((setting) => ({
      name: spec.name ?? '',
      setting: `--${setting}`,
    })),
  )
  // Compose reads YAML 1.1, in which words such as `on` are not text.
  return {
    text: stringify(file, { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false, nullStr: '' }),
    missing,
  }
}

function networkEntries(network: KnownNetwork | undefined): Map<string, unknown> {
  const options = Object.entries(network?.options ?? {})
    // Two networks cannot have the same interface.
    .filter(([name]) => name !== 'com.docker.network.bridge.name')
    .map(([name, value]) => ({ name, value }))
  return filled([
    ['internal', network?.internal],
    ['attachable', network?.attachable],
    ['enable_ipv6', network?.ipv6],
    ['driver_opts', pairs(options)],
  ])
}

/** Compose accepts fewer characters at the beginning of a service's name than the engine does for a container. */
function serviceName(name: string, taken: ReadonlyMap<string, WrittenContainer>): string {
  const base = name.replaceAll(/[^a-zA-Z0-9._-]/g, '-').replace(/^[^a-zA-Z0-9]+/, '') || 'service'
  let unique = base
  for (let count = 2; taken.has(unique); count++) unique = `${base}-${String(count)}`
  return unique
}

/** Compose replaces variables in every text. `$$` is a `$`. */
function escaped(text: string): string {
  return text.replaceAll('$', '$$$$')
}

/** Returns a map without the empty values, and with every text escaped. */
function filled(entries: readonly [string, unknown][]): Map<string, unknown> {
  return new Map(
    entries.filter(([, value]) => !isEmpty(value)).map(([key, value]) => [key, escapedIn(value)]),
  )
}

function isEmpty(value: unknown): boolean {
  if (value instanceof Map) return value.size === 0
  return (
    value === undefined ||
    value === '' ||
    value === false ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0)
  )
}

function escapedIn(value: unknown): unknown {
  if (typeof value === 'string') return escaped(value)
  return Array.isArray(value) ? value.map(escapedIn) : value
}

/** Compose does not replace variables in keys. */
function escapedDeep(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key as unknown, escapedDeep(one)]))
  return Array.isArray(value) ? value.map(escapedDeep) : escapedIn(value)
}

/**
 * Names the containers of the file by their services, because the containers of the file will be other ones. A setting
 * may name a container by its name or by its id.
 */
function withServices(
  settings: Readonly<Record<string, unknown>>,
  names: ReadonlyMap<string, WrittenContainer>,
): Record<string, unknown> {
  const serviceOf = (container: string): string | undefined => {
    const isMeant = ({ id, request }: WrittenContainer) => id === container || request.name === container
    return [...names].find(([, one]) => isMeant(one))?.[0]
  }
  const changed = new Map(Object.entries(settings))
  for (const key of ['network_mode', 'pid', 'ipc']) {
    const value = settings[key]
    const prefix = 'container:'
    const isShared = typeof value === 'string' && value.startsWith(prefix)
    const service = isShared ? serviceOf(value.slice(prefix.length)) : undefined
    if (service !== undefined) changed.set(key, `service:${service}`)
  }
  const { volumes_from: from, external_links: links } = settings
  if (Array.isArray(from))
    changed.set(
      'volumes_from',
      (from as string[]).map((one) => {
        const [, container = '', mode = ''] = /^container:([^:]+)(:.*)?$/.exec(one) ?? []
        const service = serviceOf(container)
        return service === undefined ? one : service + mode
      }),
    )
  if (Array.isArray(links)) {
    const inside = (links as string[]).flatMap((link) => {
      const [container = '', alias = ''] = link.split(':')
      const service = serviceOf(container)
      return service === undefined ? [] : [{ link, written: `${service}:${alias === '' ? service : alias}` }]
    })
    const outside = (links as string[]).filter((link) => !inside.some((one) => one.link === link))
    changed.delete('external_links')
    if (outside.length > 0) changed.set('external_links', outside)
    if (inside.length > 0)
      changed.set(
        'links',
        inside.map(({ written }) => written),
      )
  }
  return Object.fromEntries(changed)
}

/** Compose does not replace variables in the names. */
function pairs(rows: readonly { name: string; value: string }[]): Map<string, string> {
  return new Map(rows.map(({ name, value }) => [name, escaped(value)]))
}

function serviceEntries(spec: ContainerSpec): [string, unknown][] {
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

function projectNetworks({ networks }: ContainerSpec): ContainerSpec['networks'] {
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
