import { constants, realpathSync } from 'node:fs'
import { access, readlink, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, parse, sep } from 'node:path'
import { isActive, type Container } from '../../shared/containers'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import type { SharedFolder } from '../../shared/settings'
import { pathStyle, type ShareRoot } from '../file-server'
import { mountAgent, systemErrorCode } from '../lib'
import { guestPath, isInOwnFolder, isNetworkPath, pathBelow } from './guest-path'

/**
 * Folders that the machine itself needs. A host folder that is mounted over or inside one of them would break the
 * machine.
 */
const systemFolders = [
  ...['/bin', '/sbin', '/lib', '/lib64', '/usr', '/etc', '/proc', '/sys', '/dev', '/run', '/boot'],
  ...['/var/lib', '/var/run', '/var/log', '/var/lock'],
]
/** The machine also needs these folders, but a host folder that is mounted inside one of them does no harm. */
const sharedTops = ['/', '/var']

/**
 * Refuses a list of folders that cannot be shared together. Reads no file system.
 * @throws BerthError mounts.not-absolute, mounts.network-path, mounts.system-folder, mounts.nested-folder,
 * mounts.too-many-folders
 */
export function validateFolders(folders: readonly SharedFolder[], platform: NodeJS.Platform): void {
  const most = mountAgent.maxShares
  if (folders.length > most) throw new BerthError('mounts.too-many-folders', { most })
  const places = folders.map(({ path }) => ({ path, place: mountPoint(path, platform) }))
  for (const [index, { path, place }] of places.entries())
    for (const other of places.slice(0, index)) {
      const nested =
        pathBelow(place, other.place, platform) !== undefined ||
        pathBelow(other.place, place, platform) !== undefined
      if (nested) throw nestedFolder(path, other.path)
    }
}

/**
 * Returns the path at which a shared folder is mounted in the machine.
 * @throws BerthError mounts.not-absolute, mounts.network-path, mounts.system-folder
 */
export function mountPoint(path: string, platform: NodeJS.Platform): string {
  if (isNetworkPath(path)) throw new BerthError('mounts.network-path', { path })
  const place = guestPath(path, platform)
  if (place === undefined) throw new BerthError('mounts.not-absolute', { path })
  const inSystem = systemFolders.some((folder) => pathBelow(place, folder, 'linux') !== undefined)
  if (inSystem || sharedTops.includes(place)) throw new BerthError('mounts.system-folder', { path })
  return place
}

/** Whether a folder may be shared. Checks only the folder's path. */
export function canBeShared(path: string, platform: NodeJS.Platform): boolean {
  try {
    mountPoint(path, platform)
    return true
  } catch {
    return false
  }
}

/** The system's folders for temporary files. Symbolic links in these paths are already resolved. */
export function temporaryFolders(platform: NodeJS.Platform): string[] {
  const own = realTemporaryFolder()
  if (platform === 'win32') return [own]
  return [
    ...new Set([
      own,
      ...(platform === 'darwin' ? ['/private/tmp', '/private/var/tmp'] : ['/tmp', '/var/tmp']),
    ]),
  ]
}

function realTemporaryFolder(): string {
  try {
    return realpathSync(tmpdir())
  } catch {
    return tmpdir()
  }
}

/**
 * Returns the path itself if it is a folder, else the folder that contains it. Returns undefined if neither folder
 * exists.
 */
export async function folderOf(path: string): Promise<string | undefined> {
  for (const folder of [path, dirname(path)])
    if ((await stat(folder).catch(() => undefined))?.isDirectory() === true) return folder
  return undefined
}

/**
 * Refuses changes of a shared folder that a running container uses. The user can neither stop sharing the folder, nor
 * change whether it is writable. Otherwise the container's files would disappear while the container uses them.
 * @throws BerthError mounts.folder-in-use
 */
export function refuseInUse(
  current: readonly SharedFolder[],
  wanted: readonly SharedFolder[],
  containers: Iterable<Container>,
  platform: NodeJS.Platform,
): void {
  const running = [...containers].filter(isActive)
  for (const { path, writable } of current) {
    if (wanted.some((folder) => folder.path === path && folder.writable === writable)) continue
    const place = mountPoint(path, platform)
    const users = running.filter(({ mounts }) =>
      mounts.some(({ type, source }) => type === 'bind' && pathBelow(source, place, 'linux') !== undefined),
    )
    if (users.length > 0)
      throw new BerthError('mounts.folder-in-use', {
        path,
        containers: users.map(({ name }) => name).join(', '),
      })
  }
}

/** A folder that can be served, or the reason why it cannot be served. `isSilent`: its drive does not answer. */
export type OpenedFolder = ShareRoot | { problem: BerthErrorData; isSilent?: true }

/** The result of a look at a folder. */
export interface FolderLook {
  opened: OpenedFolder
  /** The symbolic links that the system follows to reach the folder, in the form of `PathStyle`. */
  links: readonly string[]
}

/** Looks at a folder ({@link openFolder}). The promise stays pending while the folder's drive does not answer. */
export async function lookAtFolder(
  folder: SharedFolder,
  id: string,
  platform: NodeJS.Platform,
  ownFolder: string,
): Promise<FolderLook> {
  const opened = await openFolder(folder, id, platform, ownFolder)
  return { opened, links: 'problem' in opened ? [] : await linksOn(folder.path, platform) }
}

/**
 * Returns the folders of these looks. Of two folders whose real paths are nested, the later one in the list gets the
 * problem mounts.nested-folder. A folder also gets this problem if its path uses a symbolic link inside another shared
 * folder. Programs that write to the other folder could change this link to lead anywhere.
 */
export function withoutNested(looks: readonly FolderLook[], platform: NodeJS.Platform): OpenedFolder[] {
  const refused = new Set<OpenedFolder>()
  return looks.map(({ opened: share, links }, index) => {
    if ('problem' in share) return share
    const other = looks
      .map(({ opened }) => opened)
      .find((outer, at): outer is ShareRoot => {
        if (outer === share || 'problem' in outer) return false
        const byLink = links.some((link) => isInFolder(link, outer.path, platform))
        const nested =
          isInFolder(share.path, outer.path, platform) || isInFolder(outer.path, share.path, platform)
        return byLink || (nested && at < index && !refused.has(outer))
      })
    if (!other) return share
    refused.add(share)
    return { problem: nestedFolder(share.hostPath, other.hostPath).toData() }
  })
}

/** Whether `path` is `folder`, or is inside it. Takes real paths, in the form of `PathStyle`. */
function isInFolder(path: string, folder: string, platform: NodeJS.Platform): boolean {
  const style = pathStyle(platform)
  const whole = (each: string) => style.fold(each.endsWith(style.separator) ? each : each + style.separator)
  return whole(path).startsWith(whole(folder))
}

/** The paths of all symbolic links that the system follows to resolve a path, in the form of `PathStyle`. */
async function linksOn(path: string, platform: NodeJS.Platform): Promise<string[]> {
  const links: string[] = []
  let { root: at } = parse(path)
  const rest = path.slice(at.length).split(separators)
  for (let name = rest.shift(); name !== undefined && links.length < maxLinks; name = rest.shift()) {
    if (name === '' || name === '.') continue
    const next = name === '..' ? dirname(at) : join(at, name)
    const target = await readlink(next).catch(() => undefined)
    if (target !== undefined) {
      links.push(pathStyle(platform).fromText(next))
      const { root } = parse(target)
      rest.unshift(...target.slice(root.length).split(separators))
      if (root !== '') at = root
    } else at = next
  }
  return links
}

const separators = sep === '/' ? '/' : /[\\/]/
/** The most symbolic links in a path, as in Linux (MAXSYMLINKS). */
const maxLinks = 40

function nestedFolder(path: string, other: string): BerthError {
  return new BerthError('mounts.nested-folder', { path, other })
}

/**
 * Opens a folder. Returns the folder, or the reason why it cannot be served: mounts.folder-missing,
 * mounts.folder-unreadable, mounts.own-folder, or an error of {@link mountPoint}.
 */
export async function openFolder(
  folder: SharedFolder,
  id: string,
  platform: NodeJS.Platform,
  ownFolder: string,
): Promise<OpenedFolder> {
  const { path, writable } = folder
  try {
    const place = mountPoint(path, platform)
    if (isInOwnFolder(place, ownFolder, platform)) throw new BerthError('mounts.own-folder', { path })
    const real = await realpath(path)
    if (!(await stat(real)).isDirectory()) throw new BerthError('mounts.folder-missing', { path })
    await access(real, constants.R_OK | constants.X_OK)
    const shared = pathStyle(platform).fromText(real)
    const own = pathStyle(platform).fromText(await realpath(ownFolder).catch(() => ownFolder))
    if (isInFolder(shared, own, platform)) throw new BerthError('mounts.own-folder', { path })
    return { id, hostPath: path, path: shared, writable, guestPath: place }
  } catch (error) {
    if (error instanceof BerthError) return { problem: error.toData() }
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')
    const code = missing ? 'mounts.folder-missing' : 'mounts.folder-unreadable'
    return { problem: new BerthError(code, { path }).toData() }
  }
}
