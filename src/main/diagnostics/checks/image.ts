import { dirname } from 'node:path'
import { BerthError } from '../../../shared/errors'
import { findGuestImage, imageFolder, releaseUrl, verifyGuestImage } from '../../guest-image'
import { guestImageFiles } from '../../host'
import { failed, ok, type Check, type DiagnosticsContext, type Outcome } from '../check'
import { usedImage, type UsedImage } from '../used-image'

/** Hashes the whole guest image that runs, or would be started, whatever was remembered of it. */
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
      return wayOut(context, error, used)
    }
  },
}

/** What helps with a damaged image: another one, from elsewhere or from before. */
async function wayOut(context: DiagnosticsContext, error: BerthError, used?: UsedImage): Promise<Outcome> {
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

/** A whole image beside the damaged one, and the way to it. */
async function otherImage(
  context: DiagnosticsContext,
  { folder, chosen }: UsedImage,
): Promise<{ recipe: string; fix: 'restart-machine' | 'use-other-image' } | undefined> {
  const { paths, arch } = context
  const { next, newest, previous } = chosen.image
  // The next start takes another one anyway.
  if (folder !== chosen.folder)
    return (await isWhole(chosen.folder, arch)) ? { recipe: next, fix: 'restart-machine' } : undefined
  const recipe = next === newest ? previous : newest
  if (recipe === undefined) return undefined
  const other =
    recipe === newest ? await findGuestImage(paths, arch) : imageFolder(paths.guestCache, arch, recipe)
  const usable = other !== undefined && (await isWhole(other, arch))
  return usable ? { recipe, fix: 'use-other-image' } : undefined
}

function isWhole(folder: string, arch: DiagnosticsContext['arch']): Promise<boolean> {
  return verifyGuestImage(folder, arch).then(
    () => true,
    () => false,
  )
}
