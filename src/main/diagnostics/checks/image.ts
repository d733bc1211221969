import { dirname } from 'node:path'
import { BerthError } from '../../../shared/errors'
import {
  chooseGuestImage,
  type ChosenImage,
  findGuestImage,
  guestImageFolder,
  releaseUrl,
  verifyGuestImage,
} from '../../guest-image'
import { guestImageFiles } from '../../host'
import { failed, ok, type Check, type DiagnosticsContext, type Outcome } from '../check'

/**
 * Checks that the guest image in use is undamaged. If no machine runs, checks the image that would be started. Hashes
 * the whole image, even if a start has already verified it.
 */
export const image: Check = {
  id: 'image',
  limitMs: 60_000,
  async run(context) {
    const { paths } = context
    let used: UsedImage | undefined
    try {
      used = await usedImage(context)
      if (used === undefined)
        return failed('image.missing', { folder: paths.guestCache }, { fix: 'start-machine' })
      await verifyGuestImage(used.folder, context.arch)
      return ok('image.ok')
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      return damagedImage(context, error, used)
    }
  },
}

/** The finding for a damaged image. The fix is a new download or a switch to another image. */
async function damagedImage(
  context: DiagnosticsContext,
  error: BerthError,
  used?: UsedImage,
): Promise<Outcome> {
  const { paths, env, platform } = context
  const folder = String(error.params.folder)
  const params = { folder, file: String(error.params.file ?? guestImageFiles.manifest) }
  if (paths.guestImage !== undefined) return failed('image.damaged-named', params)
  const isCached = dirname(folder) === paths.guestCache
  if (isCached && releaseUrl(env, platform) !== undefined)
    return failed('image.damaged', params, { fix: 'fetch-image' })
  const other = used === undefined ? undefined : await otherImage(context, used)
  if (other !== undefined)
    return failed('image.damaged-other', { ...params, recipe: other.recipe }, { fix: other.fix })
  return failed(isCached ? 'image.damaged-built' : 'image.damaged-app', params)
}

/** An undamaged image to use instead, and the fix that switches to it. */
async function otherImage(
  context: DiagnosticsContext,
  { folder, chosen }: UsedImage,
): Promise<{ recipe: string; fix: 'restart-machine' | 'use-other-image' } | undefined> {
  const { paths, arch } = context
  const { next, newest, previous } = chosen.image
  // The next start will use another image than the damaged one anyway.
  if (folder !== chosen.folder)
    return (await isWhole(chosen.folder, arch)) ? { recipe: next, fix: 'restart-machine' } : undefined
  const recipe = next === newest ? previous : newest
  if (recipe === undefined) return undefined
  const other =
    recipe === newest ? await findGuestImage(paths, arch) : guestImageFolder(paths.guestCache, arch, recipe)
  const usable = other !== undefined && (await isWhole(other, arch))
  return usable ? { recipe, fix: 'use-other-image' } : undefined
}

function isWhole(folder: string, arch: DiagnosticsContext['arch']): Promise<boolean> {
  return verifyGuestImage(folder, arch).then(
    () => true,
    () => false,
  )
}

export interface UsedImage {
  /** The folder of the running image. If no machine runs, the folder of the image that would be started. */
  folder: string
  /** The image that the next start uses. */
  chosen: ChosenImage
}

/**
 * The guest image in use; undefined if there is no image at all.
 * @throws BerthError machine.image-missing if the manifest of the newest image cannot be read; machine.image-corrupt if
 * the manifest is not valid
 */
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
  const folder = runs === chosen.image.newest ? newestFolder : guestImageFolder(paths.guestCache, arch, runs)
  return { folder, chosen }
}
