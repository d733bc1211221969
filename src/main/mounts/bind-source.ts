import { BerthError } from '../../shared/errors'
import type { MountedFolder } from '../../shared/mounts'
import { guestPath, isInOwnFolder, isNetworkPath, pathBelow } from './guest-path'

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
}

/** The engine's socket in the machine. Containers that use Docker themselves want to mount it. */
const engineSocket = '/var/run/docker.sock'

/**
 * Paths that always mean the machine, never the user's computer: sockets, kernel interfaces, and files that monitoring
 * tools read. Everything below them belongs to the machine as well.
 */
const machinePaths = [
  ...['/proc', '/sys', '/dev', '/run', '/var/run', '/boot', '/lib/modules', '/usr/lib/modules', '/usr/src'],
  ...['/var/lib/docker', '/var/lib/containerd', '/var/log', '/cgroup'],
  ...['/etc/localtime', '/etc/timezone', '/etc/machine-id', '/etc/os-release', '/etc/passwd', '/etc/group'],
  ...['/etc/hostname', '/etc/ssl/certs', '/etc/docker'],
]

/**
 * The path in the machine of a bind mount's source, as a user or the docker CLI wrote it.
 *
 * A shared folder with a problem is refused. Otherwise the engine would create the source in the machine, where its
 * files are lost with the next start.
 * @throws BerthError mounts.not-shared, mounts.network-path, mounts.not-absolute, mounts.own-folder, or the problem of
 * the shared folder
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
    if (isInOwnFolder(path, ownFolder, platform)) throw new BerthError('mounts.own-folder', { path: written })
    return below === '' ? base : `${base === '/' ? '' : base}/${below}`
  }
  const inMachine = machinePath(written)
  if (inMachine !== undefined) return inMachine
  const shared = sharedFolders.map((folder) => folder.path).join(', ')
  throw new BerthError('mounts.not-shared', { path: written, shared: shared === '' ? '–' : shared })
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
  const own = path === '/' || machinePaths.some((folder) => pathBelow(path, folder, 'linux') !== undefined)
  return own ? path : undefined
}

function withHome(written: string, { homeFolder, platform }: BindContext): string {
  const separators = platform === 'win32' ? /^~(?=$|[\\/])/ : /^~(?=$|\/)/
  return written.replace(separators, () => homeFolder)
}
