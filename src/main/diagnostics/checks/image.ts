import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BerthError } from '../../../shared/errors'
import { findGuestImage, openGuestImage } from '../../machine/guest-image'
import { failed, ok, type Check } from '../check'

/** Hashes the whole guest image, whatever was remembered of it. */
export const image: Check = {
  id: 'image',
  limitMs: 60_000,
  async run({ paths, arch }) {
    const folder = await findGuestImage(paths, arch)
    if (folder === undefined) return failed('image.missing', { folder: paths.guestCache })
    const nothingRemembered = await mkdtemp(join(tmpdir(), 'berth-image-'))
    try {
      await openGuestImage(folder, arch, join(nothingRemembered, 'verified.json'), () => undefined)
      return ok('image.ok')
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      if (error.code === 'machine.image-missing') return failed('image.missing', { folder })
      return failed('image.damaged', error.params)
    } finally {
      await rm(nothingRemembered, { recursive: true, force: true })
    }
  },
}
