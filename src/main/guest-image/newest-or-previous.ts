import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BerthError } from '../../shared/errors'
import type { MachineImage } from '../../shared/machine'
import { markData } from '../disk'
import { type BerthPaths, guestImageFiles, type Logger } from '../host'
import { folderNames, message } from '../lib'
import type { GuestArch } from '../qemu'
import { guestImageFolder, isCached, keepImage, pruneImages } from './cache'
import { chooseFromHistory, readHistory, withBoot, writeHistory, type ImageHistory } from './history'
import { readManifest } from './manifest'
import type { GuestImage } from './verification'

export interface GuestImagesOptions {
  paths: BerthPaths
  arch: GuestArch
  log: Logger
}

export interface ChosenImage {
  folder: string
  image: MachineImage
}

/**
 * The folder of the newest image: the folder that BERTH_GUEST_IMAGE names, else the packaged image, else the newest
 * complete image in the cache. Undefined if there is no image.
 */
export async function findGuestImage(paths: BerthPaths, arch: GuestArch): Promise<string | undefined> {
  if (paths.guestImage !== undefined) return paths.guestImage
  if (paths.resources !== undefined) {
    const packaged = join(paths.resources, 'guest')
    if ((await builtAt(packaged)) !== undefined) return packaged
  }
  let newest: { folder: string; at: number } | undefined
  for (const name of await folderNames(paths.guestCache)) {
    if (!name.startsWith(`${arch}-`)) continue
    const folder = join(paths.guestCache, name)
    const at = await builtAt(folder)
    if (at !== undefined && (newest === undefined || at > newest.at)) newest = { folder, at }
  }
  return newest?.folder
}

/** The time of an image's manifest. Undefined if the folder holds no complete image. */
async function builtAt(folder: string): Promise<number | undefined> {
  return stat(join(folder, guestImageFiles.manifest)).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )
}

/**
 * Chooses the image to start: the newest image, or the previous image if the user went back to it.
 * @throws BerthError machine.image-missing, machine.image-corrupt
 */
export async function chooseGuestImage(
  { paths, arch }: Pick<GuestImagesOptions, 'paths' | 'arch'>,
  newestFolder: string,
): Promise<ChosenImage> {
  const { recipe: newest } = await readManifest(newestFolder, arch)
  // BERTH_GUEST_IMAGE overrides the user's choice.
  if (paths.guestImage !== undefined)
    return { folder: newestFolder, image: { recipe: newest, next: newest, newest } }
  const choice = chooseFromHistory(await readHistory(paths), newest, (recipe) =>
    isCached(paths.guestCache, arch, recipe),
  )
  const folder =
    choice.recipe === newest ? newestFolder : guestImageFolder(paths.guestCache, arch, choice.recipe)
  return { folder, image: { ...choice, next: choice.recipe, newest } }
}

/** The guest images of this installation: which one is started, and which ones are kept. */
export class GuestImages {
  readonly #options: GuestImagesOptions

  constructor(options: GuestImagesOptions) {
    this.#options = options
  }

  /** See {@link chooseGuestImage}. */
  choose(newestFolder: string): Promise<ChosenImage> {
    return chooseGuestImage(this.#options, newestFolder)
  }

  /**
   * Selects the previous or the newest image for the next start. `known` is the choice that the last start has made.
   * @throws BerthError machine.image-missing if there is no such image; machine.image-corrupt, host.no-space,
   * host.folder-unwritable
   */
  async switchTo(which: 'previous' | 'newest', known: MachineImage | undefined): Promise<MachineImage> {
    const { paths, arch } = this.#options
    const newest = known === undefined ? await findGuestImage(paths, arch) : undefined
    const image = newest === undefined ? known : (await this.choose(newest)).image
    const previous = image && (image.previous ?? (image.recipe === image.newest ? undefined : image.recipe))
    if (!image || (which === 'previous' && previous === undefined))
      throw new BerthError('machine.image-missing', { folder: paths.guestCache })
    const history = await readHistory(paths)
    const goesBack = which === 'previous' && previous !== undefined
    await writeHistory(paths, { ...history, rolledBackFrom: goesBack ? image.newest : undefined })
    return { ...image, next: goesBack ? previous : image.newest }
  }

  /**
   * Records that an image has booted with the data disk, and removes images to which the user can no longer go back.
   * Never rejects: if this fails, the machine still runs, but the user cannot go back.
   */
  async recordBoot(image: GuestImage, dataDisk: string): Promise<void> {
    const { paths, log } = this.#options
    try {
      await markData(dataDisk, image)
      if (paths.guestImage !== undefined) return
      const before = await readHistory(paths)
      const history = withBoot(before, image.recipe)
      if (history !== before) await writeHistory(paths, history)
      void this.#tidy(image, history)
    } catch (error) {
      log.warn({ reason: message(error) }, 'could not record that the guest image booted')
    }
  }

  async #tidy(image: GuestImage, { current, previous, rolledBackFrom }: ImageHistory): Promise<void> {
    const { paths, arch, log } = this.#options
    try {
      const packaged = paths.resources !== undefined && image.folder.startsWith(paths.resources)
      if (packaged) await keepImage(image.folder, paths.guestCache, arch, image.recipe)
      const wanted = new Set([current, previous, rolledBackFrom].filter((recipe) => recipe !== undefined))
      const removed = await pruneImages(paths.guestCache, arch, wanted)
      if (removed.length > 0) log.info({ removed }, 'removed old guest images')
    } catch (error) {
      log.warn({ reason: message(error) }, 'could not keep or remove guest images')
    }
  }
}
