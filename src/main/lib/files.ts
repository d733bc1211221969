import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { BerthError } from '../../shared/errors'
import { message, systemErrorCode } from './errors'
import { enoughSpace, isNoSpace, noSpaceError } from './free-space'

/** Reads an open file from its beginning. Undefined if it has more than `limit` bytes. */
export async function readAtMost(file: FileHandle, limit: number): Promise<Buffer | undefined> {
  // One byte more than allowed, because the file may grow while it is read.
  const buffer = Buffer.alloc(limit + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
    length += bytesRead
    if (length > limit) return undefined
    if (bytesRead === 0) return buffer.subarray(0, length)
  }
}

/** Replaces the sign for the home folder at the beginning of a typed path: `~/app` → `/home/me/app`. */
export function fromHome(typed: string, home = homedir()): string {
  return typed.replace(/^~(?=$|[\\/])/, () => home)
}

/** Writes the home folder of a POSIX path as a shell reads it: `/home/me/app` → `~/app`. */
export function toHome(path: string, home = homedir()): string {
  return home.startsWith('/') && (path === home || path.startsWith(`${home}/`))
    ? `~${path.slice(home.length)}`
    : path
}

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

/** The error for a folder that could not be written to: host.no-space or host.folder-unwritable. */
export function unwritable(folder: string, error: unknown): BerthError {
  const more = { detail: message(error), cause: error }
  if (isNoSpace(error)) return noSpaceError(folder, { needed: enoughSpace }, more)
  return new BerthError('host.folder-unwritable', { folder }, more)
}

/**
 * Replaces a file in one step. An interruption leaves the old or the new content. Only this user can read the file.
 * @throws BerthError host.no-space, host.folder-unwritable; any other error of the system unchanged
 */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  try {
    await swapIn(file, content)
  } catch (error) {
    if (isNoSpace(error) || isRefusal(error)) throw unwritable(dirname(file), error)
    throw error
  }
}

/**
 * Replaces another program's file in one step. The file keeps its mode, and a symbolic link to it stays a symbolic
 * link. A symbolic link to a missing file is replaced. A new file is private, and so is a new folder.
 * @throws the system's error
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await realpath(path).catch(() => path)
  const mode = await stat(file).then(
    (stats) => stats.mode & 0o777,
    () => 0o600,
  )
  await swapIn(file, content, { mode })
}

function isRefusal(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')
}

/**
 * Writes a temporary file beside the file, and renames it. Follows no symbolic link. `mode` is exact, and the default
 * is private. Syncs before the rename: otherwise, after a power cut, the disk may have the rename but not the content.
 * `verify` is called with the path of the temporary file before the rename. If it rejects, the file stays as it was.
 * @throws the system's error; the error of `verify`
 */
export async function swapIn(
  file: string,
  content: string,
  { mode, verify }: { mode?: number; verify?: (temporary: string) => Promise<void> } = {},
): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(temporary, 'wx', mode ?? 0o600)
    try {
      // The umask may have removed bits from the mode of `open`.
      if (mode !== undefined) await handle.chmod(mode)
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await verify?.(temporary)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Makes creations, renames and removals in a folder survive a power cut, if the system supports it. */
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

/** True if there is a file or folder at this path. */
export async function exists(file: string): Promise<boolean> {
  return (await unlessAbsent(stat(file))) !== undefined
}

/** The file's text; undefined if there is no file. */
export function readText(path: string): Promise<string | undefined> {
  return unlessAbsent(readFile(path, 'utf8'))
}

/** The names of a folder's entries; empty if there is no folder. */
export async function folderNames(folder: string): Promise<string[]> {
  return (await unlessAbsent(readdir(folder))) ?? []
}

/**
 * The result of a call about one file; undefined if there is no such file.
 * @throws the system's error, except ENOENT
 */
export async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
