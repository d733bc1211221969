import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import type { MountedFolder } from '../../shared/mounts'
import { guestPath, isNetworkPath, isOwn, pathBelow } from './host-path'

/** What a bind mount's source is looked up in. */
export interface BindContext {
  platform: NodeJS.Platform
  /** What `~` stands for. */
  homeFolder: string
  /** Berth's own, which is in no share. */
  ownFolder: string
  sharedFolders: readonly Pick<MountedFolder, 'path' | 'problem'>[]
  /** Berth's own docker socket on this computer. */
  dockerSocket?: string
}

/** The engine's own, as containers of tools that use Docker themselves want to have it. */
const engineSocket = '/var/run/docker.sock'

/**
 * Paths that mean the machine that runs the containers, and never the user's computer: sockets, kernel interfaces,
 * what monitoring tools look at. Everything below them is the machine's as well.
 */
const machinePaths = [
  ...['/proc', '/sys', '/dev', '/run', '/var/run', '/boot', '/lib/modules', '/usr/lib/modules', '/usr/src'],
  ...['/var/lib/docker', '/var/lib/containerd', '/var/log', '/cgroup'],
  ...['/etc/localtime', '/etc/timezone', '/etc/machine-id', '/etc/os-release', '/etc/passwd', '/etc/group'],
  ...['/etc/hostname', '/etc/ssl/certs', '/etc/docker'],
]

/**
 * The path in the machine of a bind mount's source, as a user or the docker CLI wrote it.
 * @throws BerthError mounts.not-shared, mounts.network-path, mounts.not-absolute, mounts.own-folder; what is wrong with its shared
 * folder, for without that the engine would make the source in the machine, where it is lost with the next start
 */
export function bindSource(written: string, context: BindContext): string {
  const { platform, sharedFolders, ownFolder } = context
  if (isDockerSocket(written, context)) return engineSocket
  if (isNetworkPath(written)) throw new BerthError('mounts.network-path', { path: written })
  const path = guestPath(withHome(written, context), platform)
  if (path === undefined) throw new BerthError('mounts.not-absolute', { path: written })
  for (const { path: folder, problem } of sharedFolders) {
    const base = guestPath(folder, platform)
    const below = base === undefined ? undefined : pathBelow(path, base, platform)
    if (base === undefined || below === undefined) continue
    if (problem) throw BerthError.fromData(problem)
    if (isOwn(path, ownFolder, platform)) throw new BerthError('mounts.own-folder', { path: written })
    return below === '' ? base : `${base === '/' ? '' : base}/${below}`
  }
  const inMachine = machinePath(written)
  if (inMachine !== undefined) return inMachine
  const shared = sharedFolders.map((folder) => folder.path).join(', ')
  throw new BerthError('mounts.not-shared', { path: written, shared: shared === '' ? '–' : shared })
}

/**
 * Tools that give the engine to a container (Testcontainers, act, pack) mount what DOCKER_HOST says: a socket of this
 * computer, which no container could use.
 */
function isDockerSocket(written: string, { dockerSocket, platform }: BindContext): boolean {
  if (dockerSocket === undefined) return false
  const [path, socket] = [written, dockerSocket].map((one) => guestPath(one, platform))
  return path !== undefined && socket !== undefined && pathBelow(path, socket, platform) === ''
}

/** Git Bash doubles the first slash of `/var/run/docker.sock`, so that it stays as it is. */
function machinePath(written: string): string | undefined {
  const path = guestPath(written.replace(/^\/+/, '/'), 'linux')
  if (path === undefined) return undefined
  const own = path === '/' || machinePaths.some((folder) => pathBelow(path, folder, 'linux') !== undefined)
  return own ? path : undefined
}

function withHome(written: string, { homeFolder, platform }: BindContext): string {
  const separators = platform === 'win32' ? /^~(?=$|[\\/])/ : /^~(?=$|\/)/
  return written.replace(separators, () => homeFolder)
}

const driverOptionsSchema = z.object({ o: z.string(), device: z.string() }).loose()
const mountSchema = z
  .object({
    Type: z.string().optional(),
    Source: z.string().optional(),
    VolumeOptions: z.unknown().optional(),
  })
  .loose()
type Mount = z.infer<typeof mountSchema>

/** `--mount type=volume,volume-opt=…` makes a volume as `POST /volumes/create` does. */
const volumeOptionsSchema = z
  .object({
    DriverConfig: z.object({ Name: z.enum(['', 'local']).optional(), Options: driverOptionsSchema }).loose(),
  })
  .loose()

const createBodySchema = z
  .object({
    HostConfig: z
      .object({
        Binds: z.array(z.string()).nullish(),
        Mounts: z.array(mountSchema).nullish(),
      })
      .loose()
      .nullish(),
  })
  .loose()

/**
 * The body of the engine's `POST /containers/create` with the sources of its bind mounts as paths in the machine.
 * What does not look like such a body is returned as it is: the engine says what is wrong with it.
 * @throws BerthError see {@link bindSource}
 */
export function withBindSources(body: unknown, context: BindContext): unknown {
  const parsed = createBodySchema.safeParse(body)
  if (!parsed.success || !parsed.data.HostConfig) return body
  const { Binds, Mounts } = parsed.data.HostConfig
  return {
    ...parsed.data,
    HostConfig: {
      ...parsed.data.HostConfig,
      ...(Binds ? { Binds: Binds.map((bind) => rewrittenBind(bind, context)) } : {}),
      ...(Mounts
        ? {
            Mounts: Mounts.map((mount) => rewrittenMount(mount, context)),
          }
        : {}),
    },
  }
}

function rewrittenMount(mount: Mount, context: BindContext): Mount {
  const { Type, Source, VolumeOptions } = mount
  if (Type === 'bind' && Source !== undefined) return { ...mount, Source: bindSource(Source, context) }
  const { data: options } = volumeOptionsSchema.safeParse(VolumeOptions)
  if (Type !== 'volume' || options === undefined) return mount
  const { DriverConfig } = options
  const Options = withDevice(DriverConfig.Options, context)
  return { ...mount, VolumeOptions: { ...options, DriverConfig: { ...DriverConfig, Options } } }
}

const volumeBodySchema = z
  .object({ Driver: z.enum(['', 'local']).optional(), DriverOpts: driverOptionsSchema })
  .loose()

/**
 * The same for `POST /volumes/create`: compose makes volumes that are bind mounts (`type: none, o: bind`).
 * @throws BerthError see {@link bindSource}
 */
export function withVolumeDevice(body: unknown, context: BindContext): unknown {
  const parsed = volumeBodySchema.safeParse(body)
  if (!parsed.success) return body
  const DriverOpts = withDevice(parsed.data.DriverOpts, context)
  return DriverOpts === parsed.data.DriverOpts ? body : { ...parsed.data, DriverOpts }
}

/** A volume's options, the very ones when they make no bind mount. */
function withDevice<T extends z.infer<typeof driverOptionsSchema>>(options: T, context: BindContext): T {
  if (!/(?:^|,)r?bind(?:,|$)/.test(options.o)) return options
  return { ...options, device: bindSource(options.device, context) }
}

/** `SOURCE:TARGET[:OPTIONS]`. A source without a slash, dot or drive is a volume's name. */
function rewrittenBind(bind: string, context: BindContext): string {
  const drive = /^(?:\\\\\?\\)?[A-Za-z]:(?=[\\/])/.exec(bind)?.[0] ?? ''
  const colon = bind.indexOf(':', drive.length)
  if (colon === -1) return bind
  const source = bind.slice(0, colon)
  if (drive === '' && !/^[/\\~]/.test(source)) return bind
  return bindSource(source, context) + bind.slice(colon)
}
