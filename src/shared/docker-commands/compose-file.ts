import { stringify } from 'yaml'
import type { Network } from '../networks'
import { completeSpec } from '../run'
import { escapedDeep, filled, pairs } from './compose-entries'
import { projectNetworks, serviceEntries } from './compose-service'
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
