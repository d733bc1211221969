import { BerthError } from '../../shared/errors'

/**
 * Removes an object. Ignores the error if the object does not exist, because the engine may already have removed a
 * container with auto-remove.
 */
export async function ignoringMissing(remove: () => Promise<void>): Promise<void> {
  try {
    await remove()
  } catch (error) {
    const gone: BerthError['code'][] = ['container.not-found', 'volume.not-found']
    if (!(error instanceof BerthError && gone.includes(error.code))) throw error
  }
}
