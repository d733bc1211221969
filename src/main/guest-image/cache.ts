import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { guestImageFiles } from '../host'
import { folderNames } from '../lib'
import type { GuestArch } from '../qemu'

const { manifest: manifestFile, keptMark, keeping: temporaryPrefix } = guestImageFiles

/** The folder of an image in the cache. */
export function guestImageFolder(cache: string, arch: GuestArch, recipe: string): string {
  return join(cache, `${arch}-${recipe}`)
}

/** True if the cache holds a complete copy of this image. */
export function isCached(cache: string, arch: GuestArch, recipe: string): boolean {
  return existsSync(join(guestImageFolder(cache, arch, recipe), manifestFile))
}

/** Marks the folder of an image that Berth itself has put into the cache. `pruneImages` removes only marked folders. */
export async function markAsKept(folder: string): Promise<void> {
  await writeFile(join(folder, keptMark), '')
}

/**
 * Copies an image of a packaged app into the cache, so that the next version of the app can go back to it. If the file
 * system can share blocks, the copy takes no space.
 */
export async function keepImage(from: string, cache: string, arch: GuestArch, recipe: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  await removeUnfinished(cache)
  if (isCached(cache, arch, recipe)) return
  const temporary = join(cache, `${temporaryPrefix}${randomBytes(6).toString('hex')}`)
  try {
    await cp(from, temporary, { recursive: true, mode: constants.COPYFILE_FICLONE })
    await markAsKept(temporary)
    const folder = guestImageFolder(cache, arch, recipe)
    // If a crash has interrupted the removal of the folder, it still has files of the old copy.
    await rm(folder, { recursive: true, force: true })
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/** Removes the images that Berth has put into the cache, except `wanted`. Returns the recipes of the removed images. */
export async function pruneImages(
  cache: string,
  arch: GuestArch,
  wanted: ReadonlySet<string>,
): Promise<string[]> {
  const removed: string[] = []
  for (const name of await folderNames(cache)) {
    const recipe = name.slice(arch.length + 1)
    const folder = join(cache, name)
    if (!name.startsWith(`${arch}-`) || wanted.has(recipe) || !existsSync(join(folder, keptMark))) continue
    // The manifest is removed first: if a crash interrupts the removal, the remaining files do not count as an image.
    await rm(join(folder, manifestFile), { force: true })
    await rm(folder, { recursive: true, force: true })
    removed.push(recipe)
  }
  return removed
}

/**
 * Removes copies that a crash has interrupted. Only one app at a time uses a home folder. So no other app copies now,
 * unless BERTH_GUEST_CACHE gives the same cache to two home folders.
 */
async function removeUnfinished(cache: string): Promise<void> {
  for (const name of await folderNames(cache))
    if (name.startsWith(temporaryPrefix)) await rm(join(cache, name), { recursive: true, force: true })
}
