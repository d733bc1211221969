import { isIP } from 'node:net'
import { z } from 'zod'
import { protocols, type Protocol } from '../../shared/ports'
import { type BindContext, bindSource, isPlacedByBerth } from '../mounts'
import type { PortForwarder } from '../ports'
import { type RequestInterceptor, requestPaths } from './interceptor'

type PortRequests = Pick<PortForwarder, 'checkAddress' | 'choosePort'>

// Berth changes bind mounts and ports in requests that create a container, a volume or a swarm service. host-names.ts
// adds the names of this computer.

const driverOptionsSchema = z.looseObject({ o: z.string(), device: z.string() })
const mountSchema = z.looseObject({
  Type: z.string().optional(),
  Source: z.string().optional(),
  VolumeOptions: z.unknown().optional(),
})
type Mount = z.infer<typeof mountSchema>

/** `--mount type=volume,volume-opt=…` creates a volume, like `POST /volumes/create`. */
const volumeOptionsSchema = z.looseObject({
  DriverConfig: z.looseObject({ Name: z.enum(['', 'local']).optional(), Options: driverOptionsSchema }),
})

const hostPortSchema = z.looseObject({ HostIp: z.string().default(''), HostPort: z.string().default('') })
type HostPort = z.infer<typeof hostPortSchema>

// Parts of `HostConfig`. Berth passes on a part that has another shape, because the engine's own error is better.
const bindsSchema = z.array(z.string())
const mountsSchema = z.array(mountSchema)
const portBindingsSchema = z.record(z.string(), z.array(hostPortSchema).nullable())

/** The body of `POST /containers/create`. */
const createSchema = z.looseObject({
  HostConfig: z.looseObject({
    Binds: z.unknown().optional(),
    Mounts: z.unknown().optional(),
    PortBindings: z.unknown().optional(),
  }),
})

/** The body of `POST /volumes/create`. */
const volumeSchema = z.looseObject({
  Driver: z.enum(['', 'local']).optional(),
  DriverOpts: driverOptionsSchema,
})

/** The body of `POST /services/create` and `POST /services/ID/update`. */
const serviceSchema = z.looseObject({
  TaskTemplate: z.looseObject({ ContainerSpec: z.looseObject({ Mounts: mountsSchema }) }),
})

/**
 * Lets docker clients mount folders of this computer: `docker run -v "$PWD:/app"`. Calls `context` for each request
 * that creates a container, a volume or a swarm service. Before a container starts, calls `beforeStart` with its name
 * or id (`Mounts.beforeStart`).
 */
export function bindMountInterceptors(
  context: () => Promise<BindContext>,
  beforeStart: (container: string) => Promise<unknown> = context,
): RequestInterceptor[] {
  return [
    {
      method: 'POST',
      path: /^\/containers\/([^/]+)\/(?:start|restart)$/,
      before: async ([container = '']) => {
        await beforeStart(container)
        return undefined
      },
    },
    {
      method: 'POST',
      path: requestPaths.createContainer,
      rewriteBody: async (body) => withBindSources(body, await context()),
    },
    {
      method: 'POST',
      path: /^\/volumes\/create$/,
      rewriteBody: async (body) => withVolumeDevice(body, await context()),
    },
    {
      method: 'POST',
      path: requestPaths.changeService,
      rewriteBody: async (body) => withServiceMounts(body, await context()),
    },
  ]
}

/**
 * Checks the ports that a docker client requests, before the engine creates the container. Refuses an address that this
 * computer does not have. Replaces a range by one free port if another program uses a port of the range.
 */
export function requestedPortsInterceptor(ports: PortRequests): RequestInterceptor {
  return {
    method: 'POST',
    path: requestPaths.createContainer,
    rewriteBody: (body) => withHostPorts(body, ports),
  }
}

/**
 * Replaces the sources of bind mounts in the body of `POST /containers/create` with paths in the machine.
 * @throws BerthError see {@link bindSource}
 */
export async function withBindSources(body: unknown, context: BindContext): Promise<unknown> {
  const { data } = createSchema.safeParse(body)
  if (data === undefined) return body
  const { data: binds } = bindsSchema.safeParse(data.HostConfig.Binds)
  const { data: mounts } = mountsSchema.safeParse(data.HostConfig.Mounts)
  return {
    ...data,
    HostConfig: {
      ...data.HostConfig,
      ...(binds ? { Binds: await Promise.all(binds.map((bind) => rewrittenBind(bind, context))) } : {}),
      ...(mounts ? { Mounts: await Promise.all(mounts.map((mount) => rewrittenMount(mount, context))) } : {}),
    },
  }
}

/**
 * Like {@link withBindSources}, for the body of `POST /volumes/create`. Compose creates volumes that are bind mounts
 * (`type: none, o: bind`).
 * @throws BerthError see {@link bindSource}
 */
export async function withVolumeDevice(body: unknown, context: BindContext): Promise<unknown> {
  const { data } = volumeSchema.safeParse(body)
  if (data === undefined) return body
  const DriverOpts = await withDevice(data.DriverOpts, context)
  return DriverOpts === data.DriverOpts ? body : { ...data, DriverOpts }
}

/**
 * Like {@link withBindSources}, for the body of a request that creates or updates a swarm service.
 * @throws BerthError see {@link bindSource}
 */
export async function withServiceMounts(body: unknown, context: BindContext): Promise<unknown> {
  const { data } = serviceSchema.safeParse(body)
  if (data === undefined) return body
  const { TaskTemplate } = data
  const { ContainerSpec } = TaskTemplate
  // An update sends the places in the machine that the creation has chosen.
  const isPlaced = ({ Source }: Mount) => Source !== undefined && isPlacedByBerth(Source)
  const Mounts = await Promise.all(
    ContainerSpec.Mounts.map(async (mount) => (isPlaced(mount) ? mount : rewrittenMount(mount, context))),
  )
  return { ...data, TaskTemplate: { ...TaskTemplate, ContainerSpec: { ...ContainerSpec, Mounts } } }
}

async function rewrittenMount(mount: Mount, context: BindContext): Promise<Mount> {
  const { Type, Source, VolumeOptions } = mount
  if (Type === 'bind' && Source !== undefined) return { ...mount, Source: await bindSource(Source, context) }
  const { data: options } = volumeOptionsSchema.safeParse(VolumeOptions)
  if (Type !== 'volume' || options === undefined) return mount
  const { DriverConfig } = options
  const Options = await withDevice(DriverConfig.Options, context)
  return { ...mount, VolumeOptions: { ...options, DriverConfig: { ...DriverConfig, Options } } }
}

/** Replaces the source in a volume's options if the volume is a bind mount. Otherwise returns the same object. */
async function withDevice<T extends z.infer<typeof driverOptionsSchema>>(
  options: T,
  context: BindContext,
): Promise<T> {
  if (!/(?:^|,)r?bind(?:,|$)/.test(options.o)) return options
  return { ...options, device: await bindSource(options.device, context) }
}

/**
 * `SOURCE:TARGET[:OPTIONS]`. A source that does not begin with a slash, backslash, tilde or drive is the name of a
 * volume.
 */
async function rewrittenBind(bind: string, context: BindContext): Promise<string> {
  const drive = /^(?:\\\\\?\\)?[A-Za-z]:(?=[\\/])/.exec(bind)?.[0] ?? ''
  const colon = bind.indexOf(':', drive.length)
  if (colon === -1) return bind
  const source = bind.slice(0, colon)
  if (drive === '' && !/^[/\\~]/.test(source)) return bind
  return (await bindSource(source, context)) + bind.slice(colon)
}

async function withHostPorts(body: unknown, ports: PortRequests): Promise<unknown> {
  const { data } = createSchema.safeParse(body)
  const { data: bindings } = portBindingsSchema.safeParse(data?.HostConfig.PortBindings)
  if (data === undefined || bindings === undefined) return body
  let changed = false
  for (const [key, hostPorts] of Object.entries(bindings))
    for (const hostPort of hostPorts ?? []) {
      const port = await portInstead(key, hostPort, ports)
      if (port === undefined) continue
      hostPort.HostPort = String(port)
      changed = true
    }
  return changed ? { ...data, HostConfig: { ...data.HostConfig, PortBindings: bindings } } : body
}

/**
 * Returns the port to request from the engine instead of a range. Returns undefined if the client's own request can
 * stay.
 */
async function portInstead(
  key: string,
  { HostIp, HostPort }: HostPort,
  ports: PortRequests,
): Promise<number | undefined> {
  const [container = '', name = 'tcp'] = key.split('/')
  const protocol = protocols.find((candidate) => candidate === name)
  // The engine itself refuses an unknown protocol, and text that is not an address.
  if (protocol === undefined || (HostIp !== '' && isIP(HostIp) === 0)) return undefined
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(HostPort) ?? []
  await ports.checkAddress(HostIp, { port: Number(first ?? container), protocol })
  if (first === undefined || last === undefined) return undefined
  return choosePort({ hostIp: HostIp, first: Number(first), last: Number(last), protocol }, ports)
}

interface Range {
  hostIp: string
  first: number
  last: number
  protocol: Protocol
}

async function choosePort({ protocol, ...range }: Range, ports: PortRequests): Promise<number | undefined> {
  const isRange = range.first > 0 && range.first < range.last && range.last <= 65_535
  return protocol === 'sctp' || !isRange ? undefined : ports.choosePort({ ...range, protocol })
}
