import { posix } from 'node:path'
import { BerthError } from '../../shared/errors'
import type { MountedFolder, ShareOffer } from '../../shared/mounts'
import { guestPath as guestPlace, socketRelay } from '../lib'
import { canBeShared, folderOf } from './folder-rules'
import { guestPath, hostPath, isInOwnFolder, isNetworkPath, pathBelow } from './guest-path'
import type { FileCopies } from './file-copies'
import type { ResolveLinks } from './host-links'
import type { HostSockets } from './host-sockets'

/** The settings and services that decide which path in the machine a bind mount gets. */
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
  /** Makes sockets of this computer available in the machine. */
  sockets?: Pick<HostSockets, 'isAgent' | 'offer' | 'offerAgent'>
  /** The system's folders for temporary files. Symbolic links in these paths are already resolved. */
  temporaryFolders?: readonly string[]
  /** Returns the terminal command that shares a folder. */
  shareCommand?: (folder: string) => string
  /** Called if the path is in no shared folder, with a folder that the user could share. */
  onRefused?: (offer: ShareOffer) => void
  /** Gives the machine copies of small files of this computer. */
  fileCopies?: Pick<FileCopies, 'copy'>
}

/**
 * The folder in the machine with the listening sockets for this computer's sockets. No shared folder can be mounted
 * there.
 */
const socketFolder = posix.dirname(socketRelay.sshAgent)

/** True for a place in the machine that `bindSource` returns for a socket or a copied file. */
export function isPlacedByBerth(source: string): boolean {
  const path = posix.normalize(source)
  return [socketFolder, guestPlace.hostFiles].some((folder) => pathBelow(path, folder, 'linux') !== undefined)
}

/** The engine's socket in the machine. Containers that use Docker mount it. */
const engineSocket = '/var/run/docker.sock'

/**
 * Paths that always mean a place in the machine, never on the user's computer: kernel interfaces, and the engine's
 * folders. Containers that manage Docker mount these folders. Every path below one of these paths also means the
 * machine.
 */
const machinePaths = [
  ...['/proc', '/sys', '/dev', '/boot', '/lib/modules', '/usr/lib/modules', '/usr/src', '/cgroup'],
  ...['/run/docker', '/var/run/docker', '/run/docker.sock', '/var/run/docker.sock', '/run/containerd'],
  ...['/var/lib/docker', '/var/lib/containerd', '/etc/docker'],
]

/**
 * Small files that many containers mount. Berth copies this computer's file to the machine ({@link FileCopies}). If
 * this computer has no such file, the container gets the machine's own file. `/etc/resolv.conf` is always the machine's
 * own file, because the machine's name server gives the same answers as this computer. This computer's file may name a
 * server on its loopback address, and a container cannot reach that server.
 */
const smallFiles = [
  ...['/etc/localtime', '/etc/timezone', '/etc/machine-id', '/etc/os-release', '/etc/passwd', '/etc/group'],
  ...['/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/etc/ssl/certs'],
  '/etc/ssl/certs/ca-certificates.crt',
]

/**
 * Returns the path in the machine for a bind mount's source, as a user or the docker CLI wrote it. The source names a
 * file of this computer, or a path that always means the machine. Symbolic links of this computer are resolved.
 *
 * A path in a shared folder with a problem is refused. Otherwise the engine would create the source in the machine, and
 * its files would be lost with the machine's next start.
 * @throws BerthError mounts.not-shared, mounts.temporary-folder, mounts.link-not-shared, mounts.broken-link,
 * mounts.network-path, mounts.not-absolute, mounts.own-folder, or the problem of the shared folder; as
 * {@link HostSockets.offer} and {@link FileCopies.copy}
 */
export async function bindSource(written: string, context: BindContext): Promise<string> {
  const { platform, ownFolder, sockets } = context
  if (isDockerSocket(written, context)) return engineSocket
  if (sockets?.isAgent(written) === true) return sockets.offerAgent()
  if (isNetworkPath(written)) throw new BerthError('mounts.network-path', { path: written })
  const path = guestPath(withHome(written, context), platform)
  if (path === undefined) throw new BerthError('mounts.not-absolute', { path: written })
  const inMachine = await machinePath(written, context)
  if (inMachine !== undefined) return inMachine
  refuseProblem(path, context)
  const real = await withoutLinks(path, context)
  const shared = await sharedPlace(real, context)
  const isOwn = [path, real].some((one) => isInOwnFolder(one, ownFolder, platform))
  if (isOwn) throw new BerthError('mounts.own-folder', { path: written })
  if (sockets !== undefined) {
    const place = `${socketFolder}${shared ?? path}`
    if (await sockets.offer(hostPath(real, platform), place)) return place
  }
  if (shared !== undefined) return shared
  throw await notShared(written, path, real, context)
}

/**
 * Returns the path in the machine for a path in a shared folder. Returns undefined for any other path.
 * @throws BerthError the problem of the shared folder
 */
async function sharedPlace(real: string, context: BindContext): Promise<string | undefined> {
  const { platform, sharedFolders } = context
  const folders = sharedFolders.flatMap(({ path, problem }) => {
    const base = guestPath(path, platform)
    return base === undefined ? [] : [{ base, problem }]
  })
  // Looking up a link may take forever on a drive that does not answer. So the paths as they are written come first.
  for (const { base, problem } of folders) {
    const below = pathBelow(real, base, platform)
    if (below === undefined) continue
    if (problem) throw BerthError.fromData(problem)
    return placeIn(base, below)
  }
  for (const { base, problem } of folders) {
    const below = problem ? undefined : pathBelow(real, await withoutLinks(base, context), platform)
    if (below !== undefined) return placeIn(base, below)
  }
  return undefined
}

function placeIn(base: string, below: string): string {
  return below === '' ? base : `${base === '/' ? '' : base}/${below}`
}

async function notShared(
  written: string,
  path: string,
  real: string,
  context: BindContext,
): Promise<BerthError> {
  const { platform, sharedFolders, onRefused } = context
  const temporary = context.temporaryFolders?.find((each) => {
    const place = guestPath(each, platform)
    return place !== undefined && pathBelow(real, place, platform) !== undefined
  })
  // For a path in a temporary folder of the system, Berth suggests sharing this whole folder. To share only a folder in
  // it would not help, because programs create a new one every time.
  if (onRefused !== undefined) {
    const folder = temporary ?? (await folderOf(hostPath(real, platform)))
    if (folder !== undefined && canBeShared(folder, platform)) onRefused({ path: written, folder })
  }
  const shared = sharedFolders.map((folder) => folder.path).join(', ')
  const list = { shared: shared === '' ? '–' : shared }
  if (real === path && temporary !== undefined) {
    const command = context.shareCommand?.(temporary) ?? '–'
    return new BerthError('mounts.temporary-folder', { path: written, folder: temporary, command })
  }
  if (real === path) return new BerthError('mounts.not-shared', { path: written, ...list })
  return new BerthError('mounts.link-not-shared', {
    path: written,
    target: hostPath(real, platform),
    ...list,
  })
}

/**
 * Refuses a path in a shared folder that has a problem.
 * @throws BerthError the problem of the shared folder
 */
function refuseProblem(path: string, { platform, sharedFolders }: BindContext): void {
  for (const { path: folder, problem } of sharedFolders) {
    const base = guestPath(folder, platform)
    if (problem && base !== undefined && pathBelow(path, base, platform) !== undefined)
      throw BerthError.fromData(problem)
  }
}

/** Resolves the symbolic links of this computer. Takes and returns paths in the machine. */
async function withoutLinks(path: string, { platform, resolveLinks }: BindContext): Promise<string> {
  return guestPath(await resolveLinks(hostPath(path, platform)), platform) ?? path
}

/**
 * Whether the source is Berth's own docker socket on this computer. Tools that give a container access to the engine
 * (Testcontainers, act, pack) mount the path in DOCKER_HOST. Containers cannot use this socket, so they get the
 * engine's socket in the machine.
 */
function isDockerSocket(written: string, { dockerSocket, platform }: BindContext): boolean {
  if (dockerSocket === undefined) return false
  const [path, socket] = [written, dockerSocket].map((one) => guestPath(one, platform))
  return path !== undefined && socket !== undefined && pathBelow(path, socket, platform) === ''
}

/**
 * Returns the path in the machine if the source means a place in the machine, or is one of `smallFiles`. In Git Bash,
 * users double the first slash of `/var/run/docker.sock`, so that Git Bash does not convert the path.
 */
async function machinePath(written: string, { fileCopies }: BindContext): Promise<string | undefined> {
  const path = guestPath(written.replace(/^\/+/, '/'), 'linux')?.replace(/^\/private(?=\/etc\/)/, '')
  if (path === undefined) return undefined
  const isBelow = (folder: string) => pathBelow(path, folder, 'linux') !== undefined
  if (smallFiles.includes(path)) return (await fileCopies?.copy(path)) ?? path
  return machinePaths.some(isBelow) || path === '/' ? path : undefined
}

function withHome(written: string, { homeFolder, platform }: BindContext): string {
  const separators = platform === 'win32' ? /^~(?=$|[\\/])/ : /^~(?=$|\/)/
  return written.replace(separators, () => homeFolder)
}
