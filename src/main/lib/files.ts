import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { formatBytes } from '../../shared/bytes'
import { BerthError } from '../../shared/errors'

/** Bytes with which it is worth going on. */
export const enoughSpace = 64 << 20

/** Creates a folder that only this user can enter; rejects with host.folder-unwritable or host.no-space. */
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
  if (!isNoSpace(error)) return new BerthError('host.folder-unwritable', { folder }, more)
  return new BerthError(
    'host.no-space',
    { folder, free: formatBytes(0), needed: formatBytes(enoughSpace) },
    more,
  )
}

/** The file system is full, or the user's share of it. */
export function isNoSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(error) ?? '')
}

/**
 * Writes a file whole or not at all, readable by this user only. Rejects with host.no-space, host.folder-unwritable, or
 * what else the system says.
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

/** Synced, because after a power cut a rename may be on the disk before the content is. */
async function writeSynced(file: string, content: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes what was created, renamed or removed in a folder outlive a power cut, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders.
  const handle = await open(folder, 'r').catch(() => undefined)
  if (handle === undefined) return
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** True when there is a file of that name. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** The code of a failed system call (`ENOENT`, `EACCES`), if `error` is one. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What a thrown value has to say. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
