import { BerthError } from '../../shared/errors'
import type { Engine } from '../engine'

export type FoundVolumes = Pick<Engine['volumes'], 'find' | 'folder'>

/**
 * The folder of a volume in the machine.
 * @throws BerthError volume.not-found; files.volume-unsupported if the volume has no such folder
 */
export async function volumeFolder(
  volumes: Pick<FoundVolumes, 'folder'>,
  volume: string,
): Promise<{ path: string; mountedInUse: boolean }> {
  const folder = await volumes.folder(volume)
  if (folder === undefined) throw new BerthError('files.volume-unsupported', { volume })
  return folder
}

/** The path of a volume's folder. Undefined if there is no such volume, or if it has no folder. */
export async function existingPath(volumes: FoundVolumes, volume: string): Promise<string | undefined> {
  const isThere = (await volumes.find(volume)) !== undefined
  return isThere ? (await volumes.folder(volume))?.path : undefined
}
