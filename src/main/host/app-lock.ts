import { createHash, randomBytes } from 'node:crypto'
import { link, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { ensurePrivateFolder, readText, systemErrorCode, unwritable } from '../lib'
import { berthFile, type BerthPaths } from './berth-files'
import { isRunning, processIdentity } from './process-identity'

const holderSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() })
type Holder = z.infer<typeof holderSchema>

/** The lock of a home folder. Only the app that holds the lock may use the folder. */
export interface AppLock {
  /** Lets another app use the home folder. */
  release(): Promise<void>
}

/**
 * Locks the home folder for this process. An old lock is taken over if its process has ended, or if another process now
 * has the same id.
 * @throws BerthError host.already-running if another app holds the lock; host.folder-unwritable, host.no-space
 */
export async function acquireAppLock(paths: BerthPaths): Promise<AppLock> {
  await ensurePrivateFolder(paths.home)
  const file = berthFile(paths, 'lock')
  const self = await processIdentity(process.pid)
  const content = JSON.stringify({ pid: process.pid, startedAt: self?.startedAt ?? '' })
  await lock(file, content)
  return {
    async release() {
      if ((await readText(file)) === content) await rm(file, { force: true })
    },
  }
}

/**
 * Resolves when this process holds the lock.
 * @throws BerthError host.already-running, host.folder-unwritable, host.no-space
 */
async function lock(file: string, content: string): Promise<void> {
  while (!(await createLock(file, content))) {
    const found = await readText(file)
    const holder = found === undefined ? undefined : parseHolder(found)
    if (holder && (await isRunning(holder)))
      throw new BerthError('host.already-running', { pid: holder.pid, folder: dirname(file) })
    if (found !== undefined) await removeStaleLock(file, found, content)
  }
}

/** Creates the lock file in one step with its content, so that no reader finds it empty. False if the file exists. */
async function createLock(file: string, content: string): Promise<boolean> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(temporary, content, { mode: 0o600 })
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw unwritable(dirname(file), error)
  }
  try {
    await link(temporary, file)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw unwritable(dirname(file), error)
  } finally {
    await rm(temporary, { force: true })
  }
}

/**
 * Removes a stale lock. Several apps may find the same stale lock. Each first locks a claim, a file whose name depends
 * on the lock's content. Only the holder of the claim may remove the lock, and only if the lock has not changed since.
 * A claim may be stale too, and is then taken over in the same way.
 */
async function removeStaleLock(file: string, stale: string, content: string): Promise<void> {
  const claim = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 12)}`
  await lock(claim, content)
  try {
    if ((await readText(file)) === stale) await rm(file)
  } finally {
    await rm(claim)
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
