import { readlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BerthError } from '../../shared/errors'
import { bindSource, type BindContext } from './bind-source'
import { guestPath, hostPath, pathBelow } from './guest-path'
import type { ResolveLinks } from './host-links'

/** The most symbolic links in a path, as in Linux (MAXSYMLINKS). */
const maxLinks = 40

/**
 * Returns the path on this computer, without symbolic links, of a file or folder that Berth wants to look at by itself.
 * A label of an image may have named it. A look at a path of another computer sends the user's login to it (Windows),
 * or may take forever. So this function looks at nothing outside the shared folders, and a symbolic link on the way to
 * a shared folder is refused. It also makes nothing available in the machine, and never suggests to share a folder.
 * Returns undefined for a place in the machine.
 * @throws BerthError as {@link bindSource}
 */
export async function sharedSource(written: string, context: BindContext): Promise<string | undefined> {
  const { platform, sharedFolders } = context
  const quiet = { ...context, resolveLinks: linksInShares(context) }
  delete quiet.sockets
  delete quiet.fileCopies
  delete quiet.onRefused
  const place = await bindSource(written, quiet)
  const isShared = sharedFolders.some(({ path }) => {
    const base = guestPath(path, platform)
    return base !== undefined && pathBelow(place, base, platform) !== undefined
  })
  return isShared ? hostPath(place, platform) : undefined
}

/** Resolves the symbolic links inside the shared folders. A path outside these folders stays as it is written. */
function linksInShares({ platform, sharedFolders, resolveLinks }: BindContext): ResolveLinks {
  const usable = sharedFolders.filter(({ problem }) => !problem).map(({ path }) => path)
  const below = (path: string, folder: string) => {
    const [inside, base] = [path, folder].map((one) => guestPath(one, platform))
    return inside === undefined || base === undefined ? undefined : pathBelow(inside, base, platform)
  }
  const inShare = async (path: string) => {
    for (const folder of usable) {
      const rest = below(path, folder)
      if (rest !== undefined) return { base: await resolveLinks(folder), rest }
    }
    for (const folder of usable) {
      const base = await resolveLinks(folder)
      const rest = below(path, base)
      if (rest !== undefined) return { base, rest }
    }
    return undefined
  }
  const follow = async (path: string, links: number): Promise<string> => {
    const share = await inShare(path)
    if (share === undefined) return path
    const names = share.rest.split('/').filter((name) => name !== '')
    let at = share.base
    for (const [index, name] of names.entries()) {
      const next = join(at, name)
      const target = await readlink(next).catch(() => undefined)
      if (target !== undefined) {
        const real = resolve(dirname(next), target)
        if (links === maxLinks) throw new BerthError('mounts.broken-link', { path: next, target })
        if (guestPath(real, platform) === undefined)
          throw new BerthError('mounts.network-path', { path: target })
        return follow(join(real, ...names.slice(index + 1)), links + 1)
      }
      at = next
    }
    return at
  }
  return (path) => follow(path, 0)
}
