import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import type { SharedFolder } from '../../shared/settings'
import { systemErrorCode } from '../host/files'
import { guestPath, isNetworkPath, pathBelow } from './host-path'
import { pathStyle } from './names'
import type { ShareRoot } from './nodes'

/** The machine's own: a folder of the host over one of them, or in it, would break it. */
const systemFolders = [
  ...['/bin', '/sbin', '/lib', '/lib64', '/usr', '/etc', '/proc', '/sys', '/dev', '/run', '/boot'],
  ...['/var/lib', '/var/run', '/var/log', '/var/lock'],
]
/** Used by the machine as well, but a folder in them harms nobody. */
const sharedTops = ['/', '/tmp', '/var', '/var/tmp']

/**
 * Refuses a list of folders that cannot be shared as a whole. Looks at no file system.
 * @throws BerthError mounts.not-absolute, mounts.network-path, mounts.system-folder, mounts.nested-folder
 */
export function checkFolders(folders: readonly SharedFolder[], platform: NodeJS.Platform): void {
  const places = folders.map(({ path }) => ({ path, place: placeOf(path, platform) }))
  for (const [index, { path, place }] of places.entries())
    for (const other of places.slice(0, index)) {
      const nested =
        pathBelow(place, other.place, platform) !== undefined ||
        pathBelow(other.place, place, platform) !== undefined
      if (nested) throw new BerthError('mounts.nested-folder', { path, other: other.path })
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

/**
 * A folder as it can be served, or why it cannot.
 * Problems: mounts.folder-missing, mounts.folder-unreadable, and those of {@link checkFolders}.
 */
export async function openFolder(
  folder: SharedFolder,
  id: string,
  platform: NodeJS.Platform,
): Promise<ShareRoot | { problem: BerthErrorData }> {
  const { path, writable } = folder
  try {
    const place = placeOf(path, platform)
    const real = await realpath(path)
    if (!(await stat(real)).isDirectory()) throw new BerthError('mounts.folder-missing', { path })
    await access(real, constants.R_OK | constants.X_OK)
    return { id, hostPath: path, path: pathStyle(platform).fromText(real), writable, guestPath: place }
  } catch (error) {
    if (error instanceof BerthError) return { problem: error.toData() }
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')
    const code = missing ? 'mounts.folder-missing' : 'mounts.folder-unreadable'
    return { problem: new BerthError(code, { path }).toData() }
  }
}
