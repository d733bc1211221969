import { chooseGuestImage, type ChosenImage, findGuestImage, imageFolder } from '../guest-image'
import type { DiagnosticsContext } from './check'

export interface UsedImage {
  /** Of the image that runs, or else of the one that would be started. */
  folder: string
  /** What the next start takes. */
  chosen: ChosenImage
}

/** Undefined when there is no image at all. Rejects with machine.image-corrupt when the newest has no manifest. */
export async function usedImage({
  paths,
  arch,
  machine,
}: Pick<DiagnosticsContext, 'paths' | 'arch' | 'machine'>): Promise<UsedImage | undefined> {
  const newestFolder = await findGuestImage(paths, arch)
  if (newestFolder === undefined) return undefined
  const chosen = await chooseGuestImage({ paths, arch }, newestFolder)
  const { image, phase } = machine.state
  const runs = ['stopped', 'failed'].includes(phase) ? undefined : image?.recipe
  if (runs === undefined || runs === chosen.image.recipe) return { folder: chosen.folder, chosen }
  const folder = runs === chosen.image.newest ? newestFolder : imageFolder(paths.guestCache, arch, runs)
  return { folder, chosen }
}
