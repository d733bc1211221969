import { readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { BerthError } from '../../shared/errors'
import { systemErrorCode } from '../lib'

/** Resolves the symbolic links of a path on this computer. */
export type ResolveLinks = (path: string) => Promise<string>

/**
 * Resolves the symbolic links in the part of the path that exists on this computer. The missing rest stays as it is
 * written, because the engine creates the missing folder of a bind mount. If the system refuses to resolve a path, that
 * path stays as it is written too.
 * @throws BerthError mounts.broken-link if the target of a symbolic link does not exist
 */
export const resolveLinks: ResolveLinks = async (path) => {
  try {
    return await realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (systemErrorCode(error) !== 'ENOENT' || parent === path) return path
    const target = await readlink(path).catch(() => undefined)
    if (target !== undefined) throw new BerthError('mounts.broken-link', { path, target })
    return join(await resolveLinks(parent), basename(path))
  }
}
