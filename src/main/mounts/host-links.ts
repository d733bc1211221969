import { readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { BerthError } from '../../shared/errors'
import { systemErrorCode } from '../lib'

/** Resolves the symbolic links of a path on this computer. */
export type ResolveLinks = (path: string) => Promise<string>

/**
 * The path without symbolic links, as far as it exists on this computer. The engine creates a missing folder of a bind
 * mount, so a missing end stays as it is written.
 * @throws BerthError mounts.broken-link if a symbolic link leads to nothing
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
