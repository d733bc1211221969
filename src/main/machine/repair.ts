import { rm } from 'node:fs/promises'
import { berthFile, type BerthPaths } from '../host'
import { ensurePrivateFolder, exists, writePrivateFile } from '../lib'
import { SuspendedMachine } from './suspended-machine'

type Place = Pick<BerthPaths, 'machine'>

/**
 * Has the next start repair the data disk, hash the guest image again and try every accelerator. A suspended machine
 * is forgotten, because its memory would write over the repaired disk. The wish is a file, which survives a crash.
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

/** The machine runs: the repair is done. */
export async function repairDone(paths: Place): Promise<void> {
  await rm(berthFile(paths, 'repairWanted'), { force: true })
}
