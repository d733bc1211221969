import { posix } from 'node:path'
import {
  changedFields,
  completeSpec,
  emptySpec,
  type ContainerSpec,
  type RunRequest,
  type SpecField,
} from '../../shared/run'
import type { CreateBody, EndpointConfig, MountConfig } from './schemas-recreation'

/** The size of a second in the engine's durations. */
export const nanoseconds = 1e9

/** Makes the body of `POST /containers/create` for a new container. Leaves out settings that have their default. */
export function newContainerBody(request: RunRequest): CreateBody {
  const after = completeSpec(request)
  const before = emptySpec()
  const body: CreateBody = { Image: '', HostConfig: {}, NetworkingConfig: { EndpointsConfig: {} } }
  return withFields(body, { before, after, fields: changedFields(before, after) })
}

export interface FieldChanges {
  before: ContainerSpec
  after: ContainerSpec
  /** The fields to take from `after`. Everything else in the body stays. */
  fields: readonly SpecField[]
}

/** Returns a copy of the body in which only the given fields of the specification have changed. */
export function withFields(original: CreateBody, { before, after, fields }: FieldChanges): CreateBody {
  const body = structuredClone(original)
  if (fields.some((field) => field === 'volumes' || field === 'binds' || field === 'tmpfs'))
    changeMounts(body, before, after)
  for (const field of fields) changeField(body, field, before, after)
  return body
}

function changeField(body: CreateBody, field: SpecField, before: ContainerSpec, after: ContainerSpec): void {
  const host = body.HostConfig
  switch (field) {
    case 'volumes':
    case 'binds':
    case 'tmpfs':
    case 'platform':
      return
    case 'image':
      body.Image = after.image
      return
    case 'command':
      set(body, 'Cmd', after.command, after.command.length > 0)
      return
    case 'entrypoint':
      set(body, 'Entrypoint', after.entrypoint, after.entrypoint.length > 0)
      return
    case 'environment':
      body.Env = [
        // A variable without "=" removes a variable of the image. The form does not know such entries.
        ...(body.Env ?? []).filter((entry) => !entry.includes('=')),
        ...after.environment.map(({ name, value }) => `${name}=${value}`),
      ]
      return
    case 'ports':
      changePorts(body, before, after)
      return
    case 'autoRemove':
      host.AutoRemove = after.autoRemove
      return
    case 'tty':
      body.Tty = after.tty
      return
    case 'openStdin':
      body.OpenStdin = after.openStdin
      return
    case 'workingDirectory':
      set(body, 'WorkingDir', after.workingDirectory, after.workingDirectory !== '')
      return
    case 'user':
      set(body, 'User', after.user, after.user !== '')
      return
    case 'hostname':
      set(body, 'Hostname', after.hostname, after.hostname !== '')
      return
    case 'labels':
      body.Labels = Object.fromEntries(after.labels.map(({ name, value }) => [name, value]))
      return
    case 'health':
      set(body, 'Healthcheck', healthConfig(after), after.health.kind !== 'image')
      return
    case 'restart':
      host.RestartPolicy = {
        Name: after.restart.policy,
        MaximumRetryCount: after.restart.policy === 'on-failure' ? after.restart.retries : 0,
      }
      return
    case 'cpus':
      // The engine refuses a container that has both notations of the limit.
      delete host.CpuPeriod
      delete host.CpuQuota
      host.NanoCpus = Math.round(after.cpus * nanoseconds)
      return
    case 'memory':
      // The engine derives this limit from the memory's limit, unless the user has set it.
      if (host.MemorySwap === 2 * before.memory) delete host.MemorySwap
      host.Memory = after.memory
      return
    case 'pids':
      host.PidsLimit = after.pids === 0 ? null : after.pids
      return
    case 'networks':
      changeNetworks(body, before, after)
      return
    case 'extraHosts':
      host.ExtraHosts = after.extraHosts.map(({ name, address }) => `${name}:${address}`)
      return
    case 'dns':
      host.Dns = after.dns
      return
    case 'capAdd':
      host.CapAdd = after.capAdd
      return
    case 'capDrop':
      host.CapDrop = after.capDrop
      return
    case 'devices':
      host.Devices = after.devices.map(({ source, path, permissions }) => ({
        PathOnHost: source,
        PathInContainer: path,
        CgroupPermissions: permissions,
      }))
      return
    case 'readOnlyRoot':
      host.ReadonlyRootfs = after.readOnlyRoot
      return
    case 'init':
      host.Init = after.init
      return
    case 'privileged':
      host.Privileged = after.privileged
      return
    case 'hostPid':
      host.PidMode = after.hostPid ? 'host' : ''
      return
    case 'logging':
      set(
        host,
        'LogConfig',
        {
          Type: after.logging.driver,
          Config: Object.fromEntries(after.logging.options.map(({ name, value }) => [name, value])),
        },
        after.logging.driver !== '' || after.logging.options.length > 0,
      )
  }
}

/** Sets a key, or deletes it. Without the key, the default of the image or of the engine applies. */
function set<T extends object, Key extends keyof T>(
  target: T,
  key: Key,
  value: T[Key],
  wanted: boolean,
): void {
  if (wanted) target[key] = value
  else Reflect.deleteProperty(target, key)
}

function healthConfig({ health }: ContainerSpec): CreateBody['Healthcheck'] {
  if (health.kind !== 'command') return { Test: ['NONE'] }
  const time = (seconds: number): number => Math.round(seconds * nanoseconds)
  return {
    Test: ['CMD-SHELL', health.command],
    Interval: time(health.interval),
    Timeout: time(health.timeout),
    StartPeriod: time(health.startPeriod),
    Retries: health.retries,
  }
}

/** Replaces the ports that changed. A container port that the form cannot show (a range, SCTP) stays as it is. */
function changePorts(body: CreateBody, before: ContainerSpec, after: ContainerSpec): void {
  const bindings = { ...body.HostConfig.PortBindings }
  const exposed = { ...body.ExposedPorts }
  const key = ({ containerPort, protocol }: ContainerSpec['ports'][number]) => `${containerPort}/${protocol}`
  for (const port of before.ports) {
    Reflect.deleteProperty(bindings, key(port))
    Reflect.deleteProperty(exposed, key(port))
  }
  for (const port of after.ports) {
    const hostPort = port.hostPort === 0 ? '' : String(port.hostPort)
    bindings[key(port)] = [...(bindings[key(port)] ?? []), { HostIp: port.hostIp, HostPort: hostPort }]
    exposed[key(port)] = {}
  }
  body.HostConfig.PortBindings = bindings
  body.ExposedPorts = exposed
}

interface MountRow {
  path: string
}

/** The rows of `rows` that `others` does not contain. */
function missingIn<T extends MountRow>(rows: readonly T[], others: readonly T[]): T[] {
  const texts = new Set(others.map((row) => JSON.stringify(row)))
  return rows.filter((row) => !texts.has(JSON.stringify(row)))
}

/** Replaces only the mounts that changed, so that the other mounts keep options that the form does not know. */
function changeMounts(body: CreateBody, before: ContainerSpec, after: ContainerSpec): void {
  const host = body.HostConfig
  const gone = new Set(
    [
      ...missingIn(before.volumes, after.volumes),
      ...missingIn(before.binds, after.binds),
      ...missingIn(before.tmpfs, after.tmpfs),
    ].map(({ path }) => mountTarget(path)),
  )
  const added: MountConfig[] = [
    ...missingIn(after.volumes, before.volumes).map(({ volume, path, readOnly }) => ({
      Type: 'volume',
      ...(volume === '' ? {} : { Source: volume }),
      Target: path,
      ReadOnly: readOnly,
    })),
    ...missingIn(after.binds, before.binds).map(({ hostPath, path, readOnly }) => ({
      Type: 'bind',
      Source: hostPath,
      Target: path,
      ReadOnly: readOnly,
    })),
    ...missingIn(after.tmpfs, before.tmpfs).map(({ path, size }) => ({
      Type: 'tmpfs',
      Target: path,
      ...(size === 0 ? {} : { TmpfsOptions: { SizeBytes: size } }),
    })),
  ]
  if (host.Binds) host.Binds = host.Binds.filter((bind) => !gone.has(bindTarget(bind)))
  if (host.Tmpfs)
    host.Tmpfs = Object.fromEntries(
      Object.entries(host.Tmpfs).filter(([path]) => !gone.has(mountTarget(path))),
    )
  host.Mounts = [...(host.Mounts ?? []).filter(({ Target = '' }) => !gone.has(mountTarget(Target))), ...added]
}

/** The path in the container of `SOURCE:TARGET[:OPTIONS]`, in the form of {@link mountTarget}. */
export function bindTarget(bind: string): string {
  return mountTarget(bind.split(':')[1] ?? '')
}

/** The one form of a mount's path in the container, so that `/data/` and `/data` are the same place. */
export function mountTarget(path: string): string {
  return path === '' ? '' : posix.resolve('/', path)
}

/** Replaces the networks. A network that stays keeps the options that the form does not know. */
function changeNetworks(body: CreateBody, before: ContainerSpec, after: ContainerSpec): void {
  const kept = new Map(Object.entries(body.NetworkingConfig.EndpointsConfig))
  const endpoints = after.networks.map(({ network, aliases, ipv4, ipv6 }): [string, EndpointConfig] => {
    const row = before.networks.find((one) => one.network === network)
    const old = kept.get(network) ?? {}
    if (row !== undefined && JSON.stringify(row) === JSON.stringify({ network, aliases, ipv4, ipv6 }))
      return [network, old]
    const { IPv4Address, IPv6Address, ...rest } = old.IPAMConfig ?? {}
    const isSame = IPv4Address === ipv4 && IPv6Address === ipv6
    const addresses = {
      ...rest,
      ...(ipv4 === '' ? {} : { IPv4Address: ipv4 }),
      ...(ipv6 === '' ? {} : { IPv6Address: ipv6 }),
    }
    const endpoint = { ...old, Aliases: aliases, IPAMConfig: isSame ? old.IPAMConfig : addresses }
    return [network, endpoint]
  })
  const [first] = after.networks
  // The engine refuses settings of an endpoint for these two networks.
  const hasEndpoints = first !== undefined && first.network !== 'host' && first.network !== 'none'
  body.HostConfig.NetworkMode = first?.network ?? 'default'
  body.NetworkingConfig.EndpointsConfig = hasEndpoints ? Object.fromEntries(endpoints) : {}
}
