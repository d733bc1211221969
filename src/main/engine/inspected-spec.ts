import type { ContainerSpec } from '../../shared/run'
import { completeSpec, restartPolicies } from '../../shared/run'
import { joinShellWords } from '../../shared/shell-words'
import { bindTarget, mountTarget, nanoseconds } from './create-body'
import { containerName } from './mapping'
import type { CreateBody, EndpointConfig, ImageConfig, RecreationInspect } from './schemas-recreation'

/** A container as Berth can create it again. */
export interface Blueprint {
  body: CreateBody
  /** The body's settings that the form knows. */
  spec: ContainerSpec
}

/**
 * Returns the body with which the engine creates the same container again, and its settings for the form. Leaves out
 * the values that the container inherited from its image, so that another image can bring its own. The sources of bind
 * mounts are paths in the machine.
 */
export function blueprintOf(inspect: RecreationInspect, image: ImageConfig = {}): Blueprint {
  const body = bodyOf(inspect, image)
  return { body, spec: specOf(body, inspect) }
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}

function bodyOf(inspect: RecreationInspect, image: ImageConfig): CreateBody {
  const { Id, Config, HostConfig, NetworkSettings } = inspect
  const sharesNetwork = HostConfig.NetworkMode?.startsWith('container:') === true
  const { MacAddress, ...config } = structuredClone(Config)
  const body: CreateBody = {
    ...config,
    HostConfig: structuredClone(HostConfig),
    NetworkingConfig: { EndpointsConfig: {} },
  }
  // The engine derives these values from the container's id or from the other container.
  if (sharesNetwork || body.Hostname === Id.slice(0, 12)) delete body.Hostname
  withoutImageDefaults(body, image)
  keepVolumes(body, inspect)
  Reflect.deleteProperty(body.HostConfig, 'ContainerIDFile')
  if (HostConfig.Links) body.HostConfig.Links = HostConfig.Links.map(writtenLink)
  const networks = Object.entries(NetworkSettings.Networks ?? {})
  if (!sharesNetwork && HostConfig.NetworkMode !== 'host' && HostConfig.NetworkMode !== 'none')
    body.NetworkingConfig.EndpointsConfig = Object.fromEntries(
      inOrder(networks, HostConfig.NetworkMode).map(([name, endpoint], index) => [
        name,
        { ...endpointConfig(endpoint, Id), ...(index === 0 && MacAddress ? { MacAddress } : {}) },
      ]),
    )
  return body
}

function withoutImageDefaults(body: CreateBody, image: ImageConfig): void {
  const inherited = new Set(image.Env)
  if (body.Env) body.Env = body.Env.filter((entry) => !inherited.has(entry))
  if (isEqual(body.Entrypoint ?? [], image.Entrypoint ?? [])) {
    delete body.Entrypoint
    if (isEqual(body.Cmd, image.Cmd)) delete body.Cmd
  }
  // The engine shows a removed entry point as null. In a request, null means the entry point of the image.
  else body.Entrypoint ??= []
  if (isEqual(body.WorkingDir, image.WorkingDir)) delete body.WorkingDir
  if (isEqual(body.User, image.User)) delete body.User
  if (isEqual(body.StopSignal, image.StopSignal)) delete body.StopSignal
  if (isEqual(body.Healthcheck, image.Healthcheck)) delete body.Healthcheck
  if (isEqual(body.Shell, image.Shell)) delete body.Shell
  const labels = new Map(Object.entries(image.Labels ?? {}))
  body.Labels = Object.fromEntries(
    Object.entries(body.Labels ?? {}).filter(([name, value]) => labels.get(name) !== value),
  )
  const exposed = new Set(Object.keys(image.ExposedPorts ?? {}))
  body.ExposedPorts = Object.fromEntries(
    Object.entries(body.ExposedPorts ?? {}).filter(([port]) => !exposed.has(port)),
  )
}

/** Names the anonymous volumes in the body. Otherwise the new container would get new, empty ones. */
function keepVolumes(body: CreateBody, { Mounts, HostConfig }: RecreationInspect): void {
  const host = body.HostConfig
  const inBinds = new Set((HostConfig.Binds ?? []).map(bindTarget))
  const mounted = (Mounts ?? []).filter(({ Type, Name }) => Type === 'volume' && Name !== undefined)
  const names = new Map(mounted.map(({ Destination, Name }) => [mountTarget(Destination), Name]))
  const mounts = (host.Mounts ?? []).map((mount) => {
    const Source = names.get(mountTarget(mount.Target ?? ''))
    return mount.Type === 'volume' && !mount.Source && Source !== undefined ? { ...mount, Source } : mount
  })
  const inMounts = new Set(mounts.map(({ Target = '' }) => mountTarget(Target)))
  const anonymous = mounted.filter(
    ({ Destination }) => !inBinds.has(mountTarget(Destination)) && !inMounts.has(mountTarget(Destination)),
  )
  host.Mounts = [
    ...mounts,
    ...anonymous.map(({ Name = '', Destination, RW }) => ({
      Type: 'volume',
      Source: Name,
      Target: Destination,
      ReadOnly: !RW,
    })),
  ]
  delete body.Volumes
}

/** Inspect shows a link as `/other:/me/alias`. The engine wants `other:alias`. */
function writtenLink(link: string): string {
  const [, other, alias] = /^\/([^:]+):.*\/([^/]+)$/.exec(link) ?? []
  return other === undefined || alias === undefined ? link : `${other}:${alias}`
}

/** Moves the network of `NetworkMode` to the front. The engine chooses the default route by it. */
function inOrder<T extends EndpointConfig>(networks: [string, T][], mode = ''): [string, T][] {
  const isFirst = ([name, { NetworkID }]: [string, T]) => name === mode || NetworkID === mode
  return [...networks.filter(isFirst), ...networks.filter((network) => !isFirst(network))]
}

/** The settings of an endpoint, without the values that the engine has chosen. */
function endpointConfig(endpoint: EndpointConfig, id: string): EndpointConfig {
  const { IPAMConfig, Links, DriverOpts, GwPriority } = endpoint
  const aliases = aliasesOf(endpoint, id)
  return {
    ...(IPAMConfig ? { IPAMConfig } : {}),
    ...(aliases.length > 0 ? { Aliases: aliases } : {}),
    ...(Links ? { Links } : {}),
    ...(DriverOpts ? { DriverOpts } : {}),
    ...(GwPriority ? { GwPriority } : {}),
  }
}

/** Older engines add the short id to the aliases. */
function aliasesOf({ Aliases }: EndpointConfig, id: string): string[] {
  return (Aliases ?? []).filter((alias) => alias !== id.slice(0, 12))
}

function specOf(body: CreateBody, inspect: RecreationInspect): ContainerSpec {
  const host = body.HostConfig
  const pairs = (values: Record<string, string> | null | undefined) =>
    Object.entries(values ?? {}).map(([name, value]) => ({ name, value }))
  return {
    ...completeSpec({
      image: body.Image,
      command: body.Cmd ?? [],
      environment: (body.Env ?? []).flatMap(writtenVariable),
      ports: portsOf(host.PortBindings),
      volumes: [],
      autoRemove: host.AutoRemove === true,
      tty: body.Tty === true,
    }),
    name: containerName(inspect.Name),
    ...mountsOf(body),
    entrypoint: body.Entrypoint ?? [],
    openStdin: body.OpenStdin === true,
    workingDirectory: body.WorkingDir ?? '',
    user: body.User ?? '',
    hostname: body.Hostname ?? '',
    labels: pairs(body.Labels),
    health: healthOf(body),
    restart: {
      policy: restartPolicies.find((policy) => policy === host.RestartPolicy?.Name) ?? 'no',
      retries: host.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    cpus: (host.NanoCpus ?? 0) / nanoseconds,
    memory: host.Memory ?? 0,
    pids: Math.max(0, host.PidsLimit ?? 0),
    networks: networksOf(body),
    extraHosts: (host.ExtraHosts ?? []).map((entry) => {
      const [, name = '', address = ''] = /^([^:=]*)[:=](.*)$/.exec(entry) ?? []
      return { name, address }
    }),
    dns: host.Dns ?? [],
    capAdd: host.CapAdd ?? [],
    capDrop: host.CapDrop ?? [],
    devices: (host.Devices ?? []).map(({ PathOnHost, PathInContainer, CgroupPermissions }) => ({
      source: PathOnHost,
      path: PathInContainer,
      permissions: CgroupPermissions,
    })),
    readOnlyRoot: host.ReadonlyRootfs === true,
    init: host.Init === true,
    privileged: host.Privileged === true,
    hostPid: host.PidMode === 'host',
    logging: { driver: host.LogConfig?.Type ?? '', options: pairs(host.LogConfig?.Config) },
  }
}

function writtenVariable(entry: string): ContainerSpec['environment'] {
  const equals = entry.indexOf('=')
  return equals <= 0 ? [] : [{ name: entry.slice(0, equals), value: entry.slice(equals + 1) }]
}

/** Leaves out a container port whose bindings the form cannot show: a range of host ports, or SCTP. */
function portsOf(bindings: CreateBody['HostConfig']['PortBindings']): ContainerSpec['ports'] {
  return Object.entries(bindings ?? {}).flatMap(([key, addresses]) => {
    const [containerPort, protocol = 'tcp'] = key.split('/')
    const isKnown = (addresses ?? []).every(({ HostPort = '' }) => /^\d*$/.test(HostPort))
    if (!isKnown || (protocol !== 'tcp' && protocol !== 'udp')) return []
    return (addresses ?? []).map(({ HostIp = '', HostPort = '' }) => ({
      hostIp: HostIp,
      hostPort: Number(HostPort),
      containerPort: Number(containerPort),
      protocol,
    }))
  })
}

/** Leaves out the kinds of mounts that the form cannot show. */
function mountsOf({ HostConfig }: CreateBody): Pick<ContainerSpec, 'volumes' | 'binds' | 'tmpfs'> {
  const volumes: ContainerSpec['volumes'] = []
  const binds: ContainerSpec['binds'] = []
  const tmpfs: ContainerSpec['tmpfs'] = []
  for (const bind of HostConfig.Binds ?? []) {
    const [source = '', path = '', options = ''] = bind.split(':')
    const readOnly = options.split(',').includes('ro')
    if (source.startsWith('/')) binds.push({ hostPath: source, path, readOnly })
    else volumes.push({ volume: source, path, readOnly })
  }
  for (const { Type, Source = '', Target = '', ReadOnly = false, TmpfsOptions } of HostConfig.Mounts ?? []) {
    if (Type === 'volume') volumes.push({ volume: Source, path: Target, readOnly: ReadOnly })
    else if (Type === 'bind') binds.push({ hostPath: Source, path: Target, readOnly: ReadOnly })
    else if (Type === 'tmpfs') tmpfs.push({ path: Target, size: TmpfsOptions?.SizeBytes ?? 0 })
  }
  for (const [path, options] of Object.entries(HostConfig.Tmpfs ?? {}))
    tmpfs.push({ path, size: tmpfsSize(options) })
  return { volumes, binds, tmpfs }
}

function tmpfsSize(options: string): number {
  const [, digits, unit = ''] = /(?:^|,)size=(\d+)([kmg]?)/i.exec(options) ?? []
  const factor = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[unit.toLowerCase()] ?? 1
  return digits === undefined ? 0 : Number(digits) * factor
}

function healthOf({ Healthcheck: check }: CreateBody): ContainerSpec['health'] {
  const [kind, ...words] = check?.Test ?? []
  if (!check || kind === undefined) return { kind: 'image' }
  if (kind === 'NONE') return { kind: 'none' }
  const seconds = (time = 0): number => time / nanoseconds
  return {
    kind: 'command',
    command: kind === 'CMD-SHELL' ? words.join(' ') : joinShellWords(words),
    interval: seconds(check.Interval),
    timeout: seconds(check.Timeout),
    startPeriod: seconds(check.StartPeriod),
    retries: check.Retries ?? 0,
  }
}

/** The default network needs no entry. */
function networksOf({ HostConfig, NetworkingConfig }: CreateBody): ContainerSpec['networks'] {
  const mode = HostConfig.NetworkMode ?? ''
  if (mode === 'host' || mode === 'none') return [{ network: mode, aliases: [], ipv4: '', ipv6: '' }]
  const endpoints = Object.entries(NetworkingConfig.EndpointsConfig)
  const isDefault = ['', 'default', 'bridge'].includes(mode) && endpoints.every(([name]) => name === 'bridge')
  if (isDefault) return []
  return endpoints.map(([network, { Aliases, IPAMConfig }]) => ({
    network,
    aliases: Aliases ?? [],
    ipv4: IPAMConfig?.IPv4Address ?? '',
    ipv6: IPAMConfig?.IPv6Address ?? '',
  }))
}
