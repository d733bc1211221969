import { BerthError } from '../../shared/errors'
import type { MountedFolder } from '../../shared/mounts'
import { guestPath, hostPath, isInOwnFolder, isNetworkPath, pathBelow } from './guest-path'
import type { ResolveLinks } from './host-links'

/** Everything that the path of a bind mount's source depends on. */
export interface BindContext {
  platform: NodeJS.Platform
  /** The folder that `~` means. */
  homeFolder: string
  /** Berth's own folder, which is part of no share. */
  ownFolder: string
  sharedFolders: readonly Pick<MountedFolder, 'path' | 'problem'>[]
  /** Berth's own docker socket on this computer. */
  dockerSocket?: string
  resolveLinks: ResolveLinks
}

/** The engine's socket in the machine. Containers that use Docker themselves want to mount it. */
const engineSocket = '/var/run/docker.sock'

/**
 * Paths that always mean the machine, never the user's computer: kernel interfaces, and the engine's folders, which
 * containers that manage Docker mount. Everything below them belongs to the machine as well.
 */
const machinePaths = [
  ...['/proc', '/sys', '/dev', '/boot', '/lib/modules', '/usr/lib/modules', '/usr/src', '/cgroup'],
  ...['/run/docker', '/var/run/docker', '/run/docker.sock', '/var/run/docker.sock', '/run/containerd'],
  ...['/var/lib/docker', '/var/lib/containerd', '/etc/docker'],
]

/** Small files that many containers mount. The machine has its own. */
const machineFiles = [
  ...['/etc/localtime', '/etc/timezone', '/etc/machine-id', '/etc/os-release', '/etc/passwd', '/etc/group'],
  ...['/etc/hostname', '/etc/ssl/certs'],
]

/**
 * The path in the machine of a bind mount's source, as a user or the docker CLI wrote it. It names a file of this
 * computer, and follows the symbolic links of this computer.
 *
 * A shared folder with a problem is refused. Otherwise the engine would create the source in the machine, where its
 * files are lost with the next start.
 * @throws BerthError mounts.not-shared, mounts.link-not-shared, mounts.broken-link, mounts.network-path,
 * mounts.not-absolute, mounts.own-folder, or the problem of the shared folder
 */
export async function bindSource(written: string, context: BindContext): Promise<string> {
  const { platform, sharedFolders, ownFolder } = context
  if (isDockerSocket(written, context)) return engineSocket
  if (isNetworkPath(written)) throw new BerthError('mounts.network-path', { path: written })
  const path = guestPath(withHome(written, context), platform)
  if (path === undefined) throw new BerthError('mounts.not-absolute', { path: written })
  const inMachine = machinePath(written)
  if (inMachine !== undefined) return inMachine
  refuseProblem(path, context)
  const real = await withoutLinks(path, context)
  for (const { path: folder, problem } of sharedFolders) {
    const base = guestPath(folder, platform)
    if (base === undefined) continue
    const below = pathBelow(real, await withoutLinks(base, context), platform)
    if (below === undefined) continue
    if (problem) throw BerthError.fromData(problem)
    if ([path, real].some((one) => isInOwnFolder(one, ownFolder, platform)))
      throw new BerthError('mounts.own-folder', { path: written })
    return below === '' ? base : `${base === '/' ? '' : base}/${below}`
  }
  const shared = sharedFolders.map((folder) => folder.path).join(', ')
  const list = { shared: shared === '' ? '–' : shared }
  if (real === path) throw new BerthError('mounts.not-shared', { path: written, ...list })
  throw new BerthError('mounts.link-not-shared', { path: written, target: hostPath(real, platform), ...list })
}

/** @throws BerthError the problem of the shared folder that has this path in the machine */
function refuseProblem(path: string, { platform, sharedFolders }: BindContext): void {
  for (const { path: folder, problem } of sharedFolders) {
    const base = guestPath(folder, platform)
    if (problem && base !== undefined && pathBelow(path, base, platform) !== undefined)
      throw BerthError.fromData(problem)
  }
}

/** A path in the machine of a host path, without symbolic links of this computer. */
async function withoutLinks(path: string, { platform, resolveLinks }: BindContext): Promise<string> {
  return guestPath(await resolveLinks(hostPath(path, platform)), platform) ?? path
}

/**
 * Tools that give the engine to a container (Testcontainers, act, pack) mount the path in DOCKER_HOST. That is a socket
 * of this computer, which no container could use.
 */
function isDockerSocket(written: string, { dockerSocket, platform }: BindContext): boolean {
  if (dockerSocket === undefined) return false
  const [path, socket] = [written, dockerSocket].map((one) => guestPath(one, platform))
  return path !== undefined && socket !== undefined && pathBelow(path, socket, platform) === ''
}

/** Git Bash doubles the first slash of `/var/run/docker.sock` to keep it from being converted. */
function machinePath(written: string): string | undefined {
  const path = guestPath(written.replace(/^\/+/, '/'), 'linux')
  if (path === undefined) return undefined
  const own = [...machinePaths, ...machineFiles].some(
    (folder) => pathBelow(path, folder, 'linux') !== undefined,
  )
  return own || path === '/' ? path : undefined
}

function withHome(written: string, { homeFolder, platform }: BindContext): string {
  const separators = platform === 'win32' ? /^~(?=$|[\\/])/ : /^~(?=$|\/)/
  return written.replace(separators, () => homeFolder)
}
