import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { guestImageFiles } from '../host'
import { systemErrorCode } from '../lib'
import type { GuestArch } from '../qemu'

const { keptMark, keeping: temporaryPrefix } = guestImageFiles

/** The cache's folder for an image. */
export function imageFolder(cache: string, arch: GuestArch, recipe: string): string {
  return join(cache, `${arch}-${recipe}`)
}

/** True when the cache holds this image, whole. */
export function holdsImage(cache: string, arch: GuestArch, recipe: string): boolean {
  return existsSync(join(imageFolder(cache, arch, recipe), guestImageFiles.manifest))
}

/** Makes the folder of an image one that Berth may remove. */
export async function markAsKept(folder: string): Promise<void> {
  await writeFile(join(folder, keptMark), '')
}

/**
 * Copies an image that comes with the app into the cache, where the next version of the app finds it to go back to.
 * Where the file system can share blocks the copy takes no space.
 */
export async function keepImage(from: string, cache: string, arch: GuestArch, recipe: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  await removeUnfinished(cache)
  if (holdsImage(cache, arch, recipe)) return
  const temporary = join(cache, `${temporaryPrefix}${randomBytes(6).toString('hex')}`)
  try {
    await cp(from, temporary, { recursive: true, mode: constants.COPYFILE_FICLONE })
    await markAsKept(temporary)
    await rename(temporary, imageFolder(cache, arch, recipe))
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/** Removes the images of the cache that Berth put there and that are not among `wanted`; returns their recipes. */
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
    // Without its manifest what a crash leaves of it is no image.
    await rm(join(folder, guestImageFiles.manifest), { force: true })
    await rm(folder, { recursive: true, force: true })
    removed.push(recipe)
  }
  return removed
}

/** Only the one app of a home copies, so what is unfinished was left behind by a crash. */
async function removeUnfinished(cache: string): Promise<void> {
  for (const name of await folderNames(cache))
    if (name.startsWith(temporaryPrefix))
      await rm(join(cache, basename(name)), { recursive: true, force: true })
}

async function folderNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}
