import { BerthError } from '../../../shared/errors'
import { findGuestImage, verifyGuestImage } from '../../machine/guest-image'
import { failed, ok, type Check } from '../check'

/** Hashes the whole guest image, whatever was remembered of it. */
export const image: Check = {
  id: 'image',
  limitMs: 60_000,
  async run({ paths, arch }) {
    const folder = await findGuestImage(paths, arch)
    if (folder === undefined)
      return failed('image.missing', { folder: paths.guestCache }, { fix: 'start-machine' })
    try {
      await verifyGuestImage(folder, arch)
      return ok('image.ok')
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      if (error.code === 'machine.image-missing') return failed('image.missing', { folder })
      return failed('image.damaged', error.params)
    }
  },
}
