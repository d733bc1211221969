import { BerthError } from '../../shared/errors'
import type { RunRequest } from '../../shared/run'
import type { Engine } from '../engine'

/**
 * The named volumes that the engine creates together with a new container. If the container fails, Berth removes them
 * again.
 */
export async function volumesToCreate(
  engineVolumes: Pick<Engine['volumes'], 'find'>,
  { volumes }: Pick<RunRequest, 'volumes'>,
): Promise<string[]> {
  const names = [...new Set(volumes.map(({ volume }) => volume))].filter((name) => name !== '')
  const found = await Promise.all(names.map((name) => engineVolumes.find(name)))
  return names.filter((_, index) => found[index] === undefined)
}

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
