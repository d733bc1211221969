import { BerthError } from '../../shared/errors'
import type { MountedFolder, ShareOffer } from '../../shared/mounts'
import { canBeShared, folderOf } from './folder-rules'
import { guestPath, hostPath, isInOwnFolder, isNetworkPath, pathBelow } from './guest-path'
import type { ResolveLinks } from './host-links'

interface SharedFileContext {
  platform: NodeJS.Platform
  /** Berth's own folder, which is part of no share. */
  ownFolder: string
  sharedFolders: readonly Pick<MountedFolder, 'path' | 'problem' | 'writable'>[]
  resolveLinks: ResolveLinks
  /** Called if the path is in no shared folder, with a folder that the user could share. */
  onRefused?: (offer: ShareOffer) => void
}

/** A place in a shared folder. */
export interface SharedFile {
  /** The path on this computer, without symbolic links. There may be no file at it. */
  path: string
  /** Whether the folder is shared with write access. */
  writable: boolean
}

/**
 * Finds a file or folder of this computer that Berth itself reads or changes for a window. It must be in a shared
 * folder, also after all symbolic links are resolved, and outside Berth's own folder. Unlike a bind mount, it is never
 * a place in the machine.
 * @throws BerthError mounts.network-path, mounts.not-absolute, mounts.own-folder, mounts.broken-link,
 * mounts.not-shared, mounts.link-not-shared, or the problem of the shared folder
 */
export async function sharedFile(written: string, context: SharedFileContext): Promise<SharedFile> {
  const { platform, ownFolder, sharedFolders, resolveLinks } = context
  if (isNetworkPath(written)) throw new BerthError('mounts.network-path', { path: written })
  const place = guestPath(written, platform)
  if (place === undefined) throw new BerthError('mounts.not-absolute', { path: written })
  const isBelow = (path: string, folder: string) => {
    const [inside, base] = [path, folder].map((one) => guestPath(one, platform))
    return inside !== undefined && base !== undefined && pathBelow(inside, base, platform) !== undefined
  }
  // A drive with a problem may not answer, so nothing of it is looked up.
  const broken = sharedFolders.find(({ path, problem }) => problem && isBelow(written, path))?.problem
  if (broken) throw BerthError.fromData(broken)

  const path = hostPath(place, platform)
  const real = await resolveLinks(path)
  for (const own of [ownFolder, await resolveLinks(ownFolder)])
    if ([path, real].some((one) => isInOwnFolder(guestPath(one, platform) ?? one, own, platform)))
      throw new BerthError('mounts.own-folder', { path: written })
  for (const folder of sharedFolders)
    if (!folder.problem && isBelow(real, await resolveLinks(folder.path)))
      return { path: real, writable: folder.writable }

  const folder = await folderOf(real)
  if (folder !== undefined && canBeShared(folder, platform)) context.onRefused?.({ path: written, folder })
  const shared = sharedFolders.map((folder) => folder.path).join(', ')
  const list = { path: written, shared: shared === '' ? '–' : shared }
  const isLink = guestPath(real, platform) !== place
  throw isLink
    ? new BerthError('mounts.link-not-shared', { ...list, target: real })
    : new BerthError('mounts.not-shared', list)
}
