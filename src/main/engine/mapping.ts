import type { z } from 'zod'
import type { Container, ContainerEndpoint, ContainerMount } from '../../shared/containers'
import type { Image } from '../../shared/images'
import type { Network } from '../../shared/networks'
import { anonymousLabel, type Volume } from '../../shared/volumes'
import { portBindings, unpublishedPorts } from './port-bindings'
import type {
  ContainerInspect,
  imageInspectSchema,
  imageListSchema,
  NetworkInspect,
  VolumeInspect,
} from './schemas'

/** Makes a container from the engine's inspect answer. */
export function toContainer(inspect: ContainerInspect): Container {
  const { State: state, Config: config, HostConfig: host, NetworkSettings: network } = inspect
  const networks = Object.keys(network.Networks ?? {})
  const ports = publishesNothing(inspect, networks) ? [] : portBindings(host.PortBindings, network.Ports)
  const ended = ['exited', 'dead', 'restarting'].includes(state.Status)
  return {
    id: inspect.Id,
    name: containerName(inspect.Name),
    image: config.Image,
    imageId: inspect.Image,
    command: toCommand(inspect),
    createdAt: toTime(inspect.Created) ?? 0,
    state: state.Status,
    startedAt: toTime(state.StartedAt),
    finishedAt: toTime(state.FinishedAt),
    exitCode: ended ? state.ExitCode : null,
    health: toHealth(state.Health?.Status),
    error: state.Error,
    ports,
    exposedPorts: unpublishedPorts(Object.keys(config.ExposedPorts ?? {}), ports),
    mounts: (inspect.Mounts ?? []).map(toMount),
    networks,
    networkMode: host.NetworkMode ?? '',
    endpoints: toEndpoints(inspect),
    ipv6: Object.values(network.Networks ?? {}).some((each) => Boolean(each?.GlobalIPv6Address)),
    labels: config.Labels,
    autoRemove: host.AutoRemove,
    tty: config.Tty,
    pid: state.Pid,
  }
}

/** The engine writes a slash before the name of a container. */
export function containerName(name: string): string {
  return name.replace(/^\//, '')
}

/** The name of a container in an answer that lists containers. */
export function listedName({ Id, Names: [name = Id.slice(0, 12)] }: { Id: string; Names: string[] }): string {
  return containerName(name)
}

/**
 * True if the engine ignores the requested ports. It accepts and ignores them if the container uses the network `host`
 * or `none`. It does the same if all networks of the container publish nothing (macvlan, ipvlan). This second case is
 * visible only while the container runs.
 */
function publishesNothing(
  { State, NetworkSettings }: ContainerInspect,
  networks: readonly string[],
): boolean {
  if (networks.includes('host') || networks.includes('none')) return true
  const isUp = State.Status === 'running' || State.Status === 'paused'
  return isUp && !Object.values(NetworkSettings.Ports).some((addresses) => (addresses ?? []).length > 0)
}

/** Like `docker ps`: github.com/moby/moby container/view.go quotes arguments that contain a space. */
function toCommand({ Path: program, Args }: ContainerInspect): string {
  return [program, ...Args.map((argument) => (argument.includes(' ') ? `'${argument}'` : argument))].join(' ')
}

/**
 * The networks that the container has joined, or will join when it starts. If the engine fails to connect a running
 * container, it may keep a network without an endpoint.
 */
function toEndpoints({ State, NetworkSettings }: ContainerInspect): ContainerEndpoint[] {
  const entries = Object.entries(NetworkSettings.Networks ?? {})
  const joined = entries.filter(([, endpoint]) => State.Pid === 0 || Boolean(endpoint?.EndpointID))
  return joined.map(([network, endpoint]) => ({
    network,
    networkId: endpoint?.NetworkID ?? '',
    ipv4: endpoint?.IPAddress ?? '',
    ipv6: endpoint?.GlobalIPv6Address ?? '',
    mac: endpoint?.MacAddress ?? '',
    aliases: endpoint?.Aliases ?? [],
    dnsNames: endpoint?.DNSNames ?? [],
  }))
}

export function toMount(mount: NonNullable<ContainerInspect['Mounts']>[number]): ContainerMount {
  return {
    type: mount.Type,
    source: mount.Name ?? mount.Source ?? '',
    destination: mount.Destination,
    readOnly: !mount.RW,
  }
}

function toHealth(status: string | undefined): Container['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : null
}

/** Makes an image from an entry of the image list. */
export function listedImage(entry: z.infer<typeof imageListSchema>[number]): Image {
  return {
    id: entry.Id,
    tags: named(entry.RepoTags),
    digests: named(entry.RepoDigests),
    size: entry.Size,
    createdAt: entry.Created * 1000,
    labels: entry.Labels,
  }
}

/** Makes an image from an inspect answer. Rounds its time down to the second, because the list has whole seconds. */
export function inspectedImage(inspect: z.infer<typeof imageInspectSchema>): Image {
  return {
    id: inspect.Id,
    tags: named(inspect.RepoTags),
    digests: named(inspect.RepoDigests),
    size: inspect.Size,
    createdAt: Math.floor((toTime(inspect.Created) ?? 0) / 1000) * 1000,
    labels: inspect.Config?.Labels ?? {},
  }
}

/** Removes the placeholder `<none>:<none>`, which the engine writes if an image has no name. */
function named(references: string[]): string[] {
  return references.filter((reference) => !reference.startsWith('<none>'))
}

/** Makes a volume. The name of an anonymous volume is 64 hexadecimal digits. Newer engines also label it. */
export function toVolume(inspect: VolumeInspect): Volume {
  return {
    name: inspect.Name,
    driver: inspect.Driver,
    createdAt: toTime(inspect.CreatedAt) ?? 0,
    labels: inspect.Labels,
    anonymous: anonymousLabel in inspect.Labels || /^[0-9a-f]{64}$/.test(inspect.Name),
  }
}

/** Makes a network from an entry of the network list or from an inspect answer. */
export function toNetwork(inspect: NetworkInspect): Network {
  return {
    id: inspect.Id,
    name: inspect.Name,
    driver: inspect.Driver,
    scope: inspect.Scope,
    createdAt: toTime(inspect.Created) ?? 0,
    internal: inspect.Internal,
    attachable: inspect.Attachable,
    ipv6: inspect.EnableIPv6,
    ingress: inspect.Ingress,
    subnets: (inspect.IPAM.Config ?? []).flatMap(({ Subnet, Gateway = '', IPRange = '' }) =>
      Subnet === undefined || Subnet === '' ? [] : [{ subnet: Subnet, gateway: Gateway, range: IPRange }],
    ),
    options: inspect.Options,
    labels: inspect.Labels,
  }
}

/** Milliseconds since the epoch; null for Go's zero time (year 1), which means "not yet". */
export function toTime(text: string | null | undefined): number | null {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) || time < 0 ? null : time
}
