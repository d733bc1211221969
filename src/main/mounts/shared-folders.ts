import { constants } from 'node:fs'
import { access, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join, parse, sep } from 'node:path'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import type { SharedFolder } from '../../shared/settings'
import { systemErrorCode } from '../lib'
import { guestPath, isNetworkPath, isOwn, pathBelow } from './host-path'
import { pathStyle, type ShareRoot } from '../file-server'

/** The machine's own: a folder of the host over one of them, or in it, would break it. */
const systemFolders = [
  ...['/bin', '/sbin', '/lib', '/lib64', '/usr', '/etc', '/proc', '/sys', '/dev', '/run', '/boot'],
  ...['/var/lib', '/var/run', '/var/log', '/var/lock'],
]
/** Used by the machine as well, but a folder in them harms nobody. */
const sharedTops = ['/', '/tmp', '/var', '/var/tmp']

/** The machine's agent has room for so many. */
const mostFolders = 64

/**
 * Refuses a list of folders that cannot be shared as a whole. Looks at no file system.
 * @throws BerthError mounts.not-absolute, mounts.network-path, mounts.system-folder, mounts.nested-folder,
 * mounts.too-many-folders
 */
export function checkFolders(folders: readonly SharedFolder[], platform: NodeJS.Platform): void {
  if (folders.length > mostFolders) throw new BerthError('mounts.too-many-folders', { most: mostFolders })
  const places = folders.map(({ path }) => ({ path, place: placeOf(path, platform) }))
  for (const [index, { path, place }] of places.entries())
    for (const other of places.slice(0, index)) {
      const nested =
        pathBelow(place, other.place, platform) !== undefined ||
        pathBelow(other.place, place, platform) !== undefined
      if (nested) throw nestedFolder(path, other.path)
    }
}

/** Where a folder is mounted in the machine. @throws BerthError as {@link checkFolders} */
export function placeOf(path: string, platform: NodeJS.Platform): string {
  if (isNetworkPath(path)) throw new BerthError('mounts.network-path', { path })
  const place = guestPath(path, platform)
  if (place === undefined) throw new BerthError('mounts.not-absolute', { path })
  const inSystem = systemFolders.some((folder) => pathBelow(place, folder, 'linux') !== undefined)
  if (inSystem || sharedTops.includes(place)) throw new BerthError('mounts.system-folder', { path })
  return place
}

export type OpenedFolder = ShareRoot | { problem: BerthErrorData }

/**
 * Folders as they can be served, or why they cannot: {@link openFolder}'s problems, and mounts.nested-folder for one
 * that really lies in another, or is reached by a link in another. What writes to that could lead it anywhere.
 */
export async function openFolders(
  folders: readonly { folder: SharedFolder; id: string }[],
  platform: NodeJS.Platform,
  ownFolder: string,
): Promise<OpenedFolder[]> {
  const opened = await Promise.all(
    folders.map(({ folder, id }) => openFolder(folder, id, platform, ownFolder)),
  )
  const links = await Promise.all(folders.map(({ folder }) => linksOn(folder.path, platform)))
  const refused = new Set<OpenedFolder>()
  return opened.map((share, index) => {
    if ('problem' in share) return share
    const other = opened.find((outer, at): outer is ShareRoot => {
      if (outer === share || 'problem' in outer) return false
      const byLink = links[index]?.some((link) => liesIn(link, outer.path, platform)) === true
      const nested = liesIn(share.path, outer.path, platform) || liesIn(outer.path, share.path, platform)
      return byLink || (nested && at < index && !refused.has(outer))
    })
    if (!other) return share
    refused.add(share)
    return { problem: nestedFolder(share.hostPath, other.hostPath).toData() }
  })
}

/** Real paths, as `PathStyle` keeps them. */
function liesIn(path: string, folder: string, platform: NodeJS.Platform): boolean {
  const style = pathStyle(platform)
  const whole = (each: string) => style.fold(each.endsWith(style.separator) ? each : each + style.separator)
  return whole(path).startsWith(whole(folder))
}

/** Where the links stand by which a path leads to what it means, as `PathStyle` keeps paths. */
async function linksOn(path: string, platform: NodeJS.Platform): Promise<string[]> {
  const links: string[] = []
  let { root: at } = parse(path)
  const rest = path.slice(at.length).split(separators)
  for (let name = rest.shift(); name !== undefined && links.length < mostLinks; name = rest.shift()) {
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
/** As many as Linux follows. */
const mostLinks = 40

function nestedFolder(path: string, other: string): BerthError {
  return new BerthError('mounts.nested-folder', { path, other })
}

/**
 * A folder as it can be served, or why it cannot.
 * Problems: mounts.folder-missing, mounts.folder-unreadable, mounts.own-folder, and those of {@link checkFolders}.
 */
export async function openFolder(
  folder: SharedFolder,
  id: string,
  platform: NodeJS.Platform,
  ownFolder: string,
): Promise<OpenedFolder> {
  const { path, writable } = folder
  try {
    const place = placeOf(path, platform)
    if (isOwn(place, ownFolder, platform)) throw new BerthError('mounts.own-folder', { path })
    const real = await realpath(path)
    if (!(await stat(real)).isDirectory()) throw new BerthError('mounts.folder-missing', { path })
    await access(real, constants.R_OK | constants.X_OK)
    const shared = pathStyle(platform).fromText(real)
    const own = pathStyle(platform).fromText(await realpath(ownFolder).catch(() => ownFolder))
    if (liesIn(shared, own, platform)) throw new BerthError('mounts.own-folder', { path })
    return { id, hostPath: path, path: shared, writable, guestPath: place }
  } catch (error) {
    if (error instanceof BerthError) return { problem: error.toData() }
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')
    const code = missing ? 'mounts.folder-missing' : 'mounts.folder-unreadable'
    return { problem: new BerthError(code, { path }).toData() }
  }
}
