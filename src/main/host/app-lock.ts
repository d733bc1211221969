import { createHash, randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { ensurePrivateFolder, systemErrorCode, unwritable } from '../lib'
import { berthFile, type BerthPaths } from './paths'
import { isRunning, processIdentity } from './process-identity'

const holderSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() })
type Holder = z.infer<typeof holderSchema>

/** Held by the one app that may use a home folder. */
export interface AppLock {
  /** Lets the next app in. */
  release(): Promise<void>
}

/**
 * Takes the home folder for this process. Rejects with host.already-running while another app holds it; a lock
 * whose process is gone (or whose id now belongs to another process) is taken over. Rejects with
 * host.folder-unwritable or host.no-space.
 */
export async function acquireAppLock(paths: BerthPaths): Promise<AppLock> {
  await ensurePrivateFolder(paths.home)
  const file = berthFile(paths, 'lock')
  const self = await processIdentity(process.pid)
  const content = JSON.stringify({ pid: process.pid, startedAt: self?.startedAt ?? '' })
  await take(file, content)
  return {
    async release() {
      if ((await readText(file)) === content) await rm(file, { force: true })
    },
  }
}

/** Resolves when the lock is this process's. Rejects with host.already-running, host.folder-unwritable, host.no-space. */
async function take(file: string, content: string): Promise<void> {
  while (!(await createLock(file, content))) {
    const found = await readText(file)
    const holder = found === undefined ? undefined : parseHolder(found)
    if (holder && (await isRunning(holder)))
      throw new BerthError('host.already-running', { pid: holder.pid, folder: dirname(file) })
    if (found !== undefined) await removeStaleLock(file, found, content)
  }
}

/** Creates the lock with its content at once, so that nobody ever reads an empty one; false when there is one. */
async function createLock(file: string, content: string): Promise<boolean> {
  const temporary = uniqueName(file)
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
 * Of the apps that find a lock stale only the one that holds the claim to it may remove it, and only while it is still
 * that one: a lock that was taken in between stays. A claim is a lock like any other, and may be stale itself.
 */
async function removeStaleLock(file: string, stale: string, content: string): Promise<void> {
  const claim = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 12)}`
  await take(claim, content)
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

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function uniqueName(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}`
}
