import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, open, realpath, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { formatBytes } from '../../shared/bytes'
import { projectFileLimit } from '../../shared/project-files'
import { BerthError } from '../../shared/errors'
import { isNoSpace, message, noSpaceError, readAtMost, swapIn, systemErrorCode } from '../lib'

/** A text file as it is on disk. */
export interface TextFile {
  text: string
  /** The SHA-256 hash of the content. */
  version: string
  /** The permission bits. */
  mode: number
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function versionOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/**
 * Reads a text file. `path` must have no symbolic link in it. A container that can write to the folder could replace a
 * part of the path by a link while Berth reads, so the path is checked before and after the file is opened.
 * @throws BerthError files.not-found, files.is-a-folder, files.not-a-file, files.not-allowed, files.changed,
 * compose-file.too-large, compose-file.not-text
 */
export async function readTextFile(path: string): Promise<TextFile> {
  try {
    // Without O_NONBLOCK, a pipe that nobody writes to would block forever.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      await refuseLinks(path)
      return await readOpened(path, file)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileError(path, error)
  }
}

async function readOpened(path: string, file: FileHandle): Promise<TextFile> {
  const stats = await file.stat()
  if (stats.isDirectory()) throw new BerthError('files.is-a-folder', { path })
  if (!stats.isFile()) throw new BerthError('files.not-a-file', { path })
  const tooLarge = new BerthError('compose-file.too-large', { path, limit: formatBytes(projectFileLimit) })
  if (stats.size > projectFileLimit) throw tooLarge
  const content = await readAtMost(file, projectFileLimit)
  if (content === undefined) throw tooLarge
  return { text: textOf(path, content), version: versionOf(content), mode: stats.mode & 0o777 }
}

function textOf(path: string, content: Buffer): string {
  try {
    if (!content.includes(0)) return decoder.decode(content)
  } catch {
    // The bytes are no UTF-8.
  }
  throw new BerthError('compose-file.not-text', { path })
}

/** Whether the system lets this user change the file. */
export async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  )
}

/**
 * Replaces the content of a file in one step. The file keeps its permissions. `path` must have no symbolic link in it.
 * A container could replace a folder of the path by a link while Berth writes. So the place of the temporary file is
 * also checked, just before this file becomes the file at `path`.
 * @throws BerthError files.not-allowed, files.changed, files.failed, host.no-space
 */
export async function replaceTextFile(path: string, text: string, mode: number): Promise<void> {
  try {
    await refuseLinks(path)
    await swapIn(path, text, { mode, verify: refuseLinks })
  } catch (error) {
    throw fileError(path, error)
  }
}

/** @throws BerthError files.changed if a symbolic link has taken the place of a part of the path */
async function refuseLinks(path: string): Promise<void> {
  if ((await realpath(path)) !== path) throw new BerthError('files.changed', { path })
}

/** Converts an error of the system to a BerthError. */
export function fileError(path: string, error: unknown): BerthError {
  if (error instanceof BerthError) return error
  const more = { detail: message(error), cause: error }
  if (isNoSpace(error)) return noSpaceError(dirname(path), {}, more)
  switch (systemErrorCode(error)) {
    case 'ENOENT':
      return new BerthError('files.not-found', { path }, more)
    case 'ENOTDIR':
      return new BerthError('files.not-a-folder', { path: dirname(path) }, more)
    case 'EISDIR':
      return new BerthError('files.is-a-folder', { path }, more)
    case 'ELOOP':
      return new BerthError('files.changed', { path }, more)
    case 'ENXIO':
      return new BerthError('files.not-a-file', { path }, more)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new BerthError('files.not-allowed', { path }, more)
    default:
      return new BerthError('files.failed', { path, reason: message(error) }, more)
  }
}
