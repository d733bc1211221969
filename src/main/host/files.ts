import { randomBytes } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { BerthError } from '../../shared/errors'

/** Creates a folder that only this user can enter; rejects with host.folder-unwritable. */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new BerthError('host.folder-unwritable', { folder }, { detail: message(error), cause: error })
  }
}

/** Writes a file whole or not at all, readable by this user only. */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(temporary, content, { mode: 0o600 })
  await rename(temporary, file)
}

/** The code of a failed system call (`ENOENT`, `EACCES`), if `error` is one. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What a thrown value has to say. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
