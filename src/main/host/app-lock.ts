import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { ensurePrivateFolder, message, systemErrorCode } from './files'
import type { BerthPaths } from './paths'
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
 * host.folder-unwritable.
 */
export async function acquireAppLock(paths: BerthPaths): Promise<AppLock> {
  await ensurePrivateFolder(paths.home)
  const file = join(paths.home, 'berth.lock')
  const self = await processIdentity(process.pid)
  const content = JSON.stringify({ pid: process.pid, startedAt: self?.startedAt ?? '' })

  while (!(await createLock(file, content))) {
    const holder = await readHolder(file)
    if (holder && (await isRunning(holder))) {
      throw new BerthError('host.already-running', { pid: holder.pid, folder: paths.home })
    }
    await removeStaleLock(file, holder)
  }
  return {
    async release() {
      if ((await readText(file)) === content) await rm(file, { force: true })
    },
  }
}

/** Creates the lock with its content at once, so that nobody ever reads an empty one; false when there is one. */
async function createLock(file: string, content: string): Promise<boolean> {
  const temporary = uniqueName(file)
  try {
    await writeFile(temporary, content, { mode: 0o600 })
  } catch (error) {
    const folder = dirname(file)
    throw new BerthError('host.folder-unwritable', { folder }, { detail: message(error), cause: error })
  }
  try {
    await link(temporary, file)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Moves the lock away before judging it: of two apps that find it stale, only one can move it. */
async function removeStaleLock(file: string, stale: Holder | undefined): Promise<void> {
  const moved = uniqueName(file)
  try {
    await rename(file, moved)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return
    throw error
  }
  const holder = await readHolder(moved)
  const fresh = holder?.pid !== stale?.pid || holder?.startedAt !== stale?.startedAt
  // It was replaced by a living app's in between: give it back.
  if (fresh) await link(moved, file)
  await rm(moved, { force: true })
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return holderSchema.safeParse(JSON.parse((await readText(file)) ?? '')).data
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
