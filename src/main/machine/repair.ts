import { rm } from 'node:fs/promises'
import { berthFile, type BerthPaths } from '../host'
import { ensurePrivateFolder, exists, writePrivateFile } from '../lib'
import { SuspendedMachine } from './suspended-machine'

type Place = Pick<BerthPaths, 'machine'>

/**
 * Requests a repair: the next start repairs the data disk, hashes the guest image again and tries every accelerator. A
 * suspended machine is discarded, because its memory would overwrite parts of the repaired disk. The request is a file,
 * so it survives a crash.
 */
export async function wantRepair(paths: Place): Promise<void> {
  await ensurePrivateFolder(paths.machine)
  await new SuspendedMachine(paths.machine).discard()
  for (const learned of ['verifiedImages', 'accelerator'] as const)
    await rm(berthFile(paths, learned), { force: true })
  await writePrivateFile(berthFile(paths, 'repairWanted'), '')
}

export function isRepairWanted(paths: Place): Promise<boolean> {
  return exists(berthFile(paths, 'repairWanted'))
}

/** Removes the request. Call this when the machine runs after the repair. */
export async function repairDone(paths: Place): Promise<void> {
  await rm(berthFile(paths, 'repairWanted'), { force: true })
}
