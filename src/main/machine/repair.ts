import { rm, stat } from 'node:fs/promises'
import { BerthError } from '../../shared/errors'
import { systemErrorCode, writePrivateFile } from '../lib'
import { berthFile, type BerthPaths } from '../host'
import { checkAndRepairImage } from '../disk'

type Place = Pick<BerthPaths, 'machine'>

/** Has the next start repair the data disk. The wish is a file, so that it outlives a crash on the way there. */
export async function wantRepair(paths: Place): Promise<void> {
  await writePrivateFile(wish(paths), '')
}

export function isRepairWanted(paths: Place): Promise<boolean> {
  return exists(wish(paths))
}

/** The machine has come up: what could be repaired is. */
export async function repairDone(paths: Place): Promise<void> {
  await rm(wish(paths), { force: true })
}

/** Makes a qcow2 file, if there is one, consistent again. Rejects with machine.disk-unusable. */
export async function repairImage(qemuImg: string, file: string): Promise<void> {
  if (!(await exists(file))) return
  const { whole, output } = await checkAndRepairImage(qemuImg, file)
  if (whole) return
  const reason = output.split('\n')[0] ?? ''
  throw new BerthError('machine.disk-unusable', { file, reason }, { detail: output })
}

function wish(paths: Place): string {
  return berthFile(paths, 'repairWanted')
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw error
  }
}
