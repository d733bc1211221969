import { statfs } from 'node:fs/promises'
import { formatBytes } from '../../shared/bytes'
import { BerthError } from '../../shared/errors'
import { delay } from './async'
import { systemErrorCode } from './errors'

/** With at least this many free bytes, a failed write is worth another try. */
export const enoughSpace = 64 << 20

/** A new data disk needs at least this many free bytes. With less, the machine would fail within minutes. */
export const neededSpace = 1 << 30

/** The size of the file system that holds `folder`, and the bytes that are free for this user. */
export async function fileSystemOf(folder: string): Promise<{ total: number; free: number }> {
  const { blocks, bavail, bsize } = await statfs(folder)
  return { total: blocks * bsize, free: bavail * bsize }
}

/** The bytes that are free for this user on the file system that holds `folder`. */
export async function freeBytes(folder: string): Promise<number> {
  return (await fileSystemOf(folder)).free
}

/**
 * Resolves when the file system of `folder` has space again. Polls every second: no file system reports this. A drive
 * that is gone for a moment has no space either.
 * @throws the signal's reason
 */
export async function spaceAgain(folder: string, signal: AbortSignal): Promise<void> {
  do await delay(1_000, signal)
  while ((await freeBytes(folder).catch(() => 0)) < enoughSpace)
}

/** True if the error says that the file system or this user's quota is full. */
export function isNoSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemErrorCode(error) ?? '')
}

/** The error for a full disk of this computer. Sizes are in bytes. */
export function noSpaceError(
  folder: string,
  { free = 0, needed = neededSpace }: { free?: number; needed?: number } = {},
  cause: { detail?: string; cause?: unknown } = {},
): BerthError {
  return new BerthError(
    'host.no-space',
    { folder, free: formatBytes(free), needed: formatBytes(needed) },
    cause,
  )
}
