import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BerthError } from '../../shared/errors'
import { message, systemErrorCode } from './errors'
import { enoughSpace, isNoSpace, noSpaceError } from './free-space'

/**
 * Creates a folder that only this user can enter.
 * @throws BerthError host.folder-unwritable, host.no-space
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unwritable(folder, error)
  }
}

/** Why nothing could be written to a folder: host.no-space or host.folder-unwritable. */
export function unwritable(folder: string, error: unknown): BerthError {
  const more = { detail: message(error), cause: error }
  if (isNoSpace(error)) return noSpaceError(folder, { needed: enoughSpace }, more)
  return new BerthError('host.folder-unwritable', { folder }, more)
}

/**
 * Replaces the whole file or nothing. Only this user can read it.
 * @throws BerthError host.no-space, host.folder-unwritable; any other error of the system as it is
 */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeSynced(temporary, content)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    if (isNoSpace(error) || isRefusal(error)) throw unwritable(dirname(file), error)
    throw error
  }
}

function isRefusal(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')
}

/** Syncs: after a power cut, a rename may be on the disk before the content is. */
async function writeSynced(file: string, content: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes creations, renames and removals in a folder survive a power cut, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders.
  const handle = await open(folder, 'r').catch(() => undefined)
  if (handle === undefined) return
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether there is a file or folder of that name. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw error
  }
}
