import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ensurePrivateFolder, systemErrorCode, writePrivateFile } from '../lib'
import { berthFile, type BerthPaths } from '../host'
import { readManifest } from './guest-image'
import { readHistory, writeHistory } from './image-history'
import type { GuestArch } from '../qemu'

/** Has the next start fetch the guest image anew, in the place of the damaged one in `folder`. */
export async function wantNewImage(paths: BerthPaths, folder: string): Promise<void> {
  await ensurePrivateFolder(paths.machine)
  await writePrivateFile(wish(paths), folder)
}

/**
 * Fetches the image when that was wished for, and then removes the damaged one. It is tried once: rejects with what
 * `fetchNew` rejects with, and the damaged image is still there then.
 */
export async function renewImage(
  paths: BerthPaths,
  arch: GuestArch,
  fetchNew: () => Promise<string>,
): Promise<void> {
  const damaged = await readWish(paths)
  if (damaged === undefined) return
  await rm(wish(paths), { force: true })
  const folder = await fetchNew()
  const { recipe } = await readManifest(folder, arch)
  const historyFile = berthFile(paths, 'imageHistory')
  const history = await readHistory(historyFile)
  // Who went back from this very image had it damaged, or wants it now.
  if (history.rolledBackFrom === recipe)
    await writeHistory(historyFile, { ...history, rolledBackFrom: undefined })
  if (damaged !== folder && dirname(damaged) === paths.guestCache)
    await rm(damaged, { recursive: true, force: true })
}

async function readWish(paths: BerthPaths): Promise<string | undefined> {
  try {
    return await readFile(wish(paths), 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function wish(paths: BerthPaths): string {
  return berthFile(paths, 'imageWanted')
}
