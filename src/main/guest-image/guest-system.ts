import { BerthError } from '../../shared/errors'
import type { MachineImage } from '../../shared/machine'
import { message } from '../lib'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { markData } from '../disk'
import { findGuestImage, readManifest, type GuestImage } from './guest-image'
import { cameUp, chooseImage, readHistory, writeHistory, type ImageHistory } from './image-history'
import { holdsImage, imageFolder, keepImage, pruneImages } from './image-store'
import type { GuestArch } from '../qemu'

export interface GuestSystemHost {
  paths: BerthPaths
  arch: GuestArch
  log: Logger
}

export interface ChosenImage {
  folder: string
  image: MachineImage
}

/**
 * The image to start, and its folder, given the folder of the newest one. Rejects with machine.image-missing or
 * machine.image-corrupt.
 */
export async function chooseGuestImage(
  { paths, arch }: Pick<GuestSystemHost, 'paths' | 'arch'>,
  newestFolder: string,
): Promise<ChosenImage> {
  const { recipe: newest } = await readManifest(newestFolder, arch)
  // An image that was named is meant.
  if (paths.guestImage !== undefined)
    return { folder: newestFolder, image: { recipe: newest, next: newest, newest } }
  const choice = chooseImage(await readHistory(berthFile(paths, 'imageHistory')), newest, (recipe) =>
    holdsImage(paths.guestCache, arch, recipe),
  )
  const folder = choice.recipe === newest ? newestFolder : imageFolder(paths.guestCache, arch, choice.recipe)
  return { folder, image: { ...choice, next: choice.recipe, newest } }
}

/** Which guest image is started: the newest one, or the one before it when the user went back from the newest. */
export class GuestSystem {
  readonly #host: GuestSystemHost

  constructor(host: GuestSystemHost) {
    this.#host = host
  }

  /** See {@link chooseGuestImage}. */
  choose(newestFolder: string): Promise<ChosenImage> {
    return chooseGuestImage(this.#host, newestFolder)
  }

  /**
   * Goes back to the previous image, or on to the newest one, at the next start; `known` is what a start has found.
   * Rejects with machine.image-missing when there is none to go back to.
   */
  async use(which: 'previous' | 'newest', known: MachineImage | undefined): Promise<MachineImage> {
    const { paths, arch } = this.#host
    const newest = known === undefined ? await findGuestImage(paths, arch) : undefined
    const image = newest === undefined ? known : (await this.choose(newest)).image
    const previous = image && (image.previous ?? (image.recipe === image.newest ? undefined : image.recipe))
    if (!image || (which === 'previous' && previous === undefined))
      throw new BerthError('machine.image-missing', { folder: paths.guestCache })
    const history = await readHistory(this.#file)
    const goesBack = which === 'previous' && previous !== undefined
    await writeHistory(this.#file, {
      ...history,
      rolledBackFrom: goesBack ? image.newest : undefined,
    })
    return { ...image, next: goesBack ? previous : image.newest }
  }

  /**
   * An image runs on the data disk: that is written down, and then images that nobody can go back to are removed.
   * Never rejects: the machine runs all the same, there is only nothing to go back to.
   */
  async cameUp(image: GuestImage, dataDisk: string): Promise<void> {
    const { paths, log } = this.#host
    try {
      await markData(dataDisk, image)
      if (paths.guestImage !== undefined) return
      const before = await readHistory(this.#file)
      const history = cameUp(before, image.recipe)
      if (history !== before) await writeHistory(this.#file, history)
      void this.#tidy(image, history)
    } catch (error) {
      log.warn({ reason: message(error) }, 'that the guest image came up could not be written down')
    }
  }

  async #tidy(image: GuestImage, { current, previous, rolledBackFrom }: ImageHistory): Promise<void> {
    const { paths, arch, log } = this.#host
    try {
      const packaged = paths.resources !== undefined && image.folder.startsWith(paths.resources)
      if (packaged) await keepImage(image.folder, paths.guestCache, arch, image.recipe)
      const wanted = new Set([current, previous, rolledBackFrom].filter((recipe) => recipe !== undefined))
      const removed = await pruneImages(paths.guestCache, arch, wanted)
      if (removed.length > 0) log.info({ removed }, 'old guest images removed')
    } catch (error) {
      log.warn({ reason: message(error) }, 'guest images could not be kept or removed')
    }
  }

  get #file(): string {
    return berthFile(this.#host.paths, 'imageHistory')
  }
}
