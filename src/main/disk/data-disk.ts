import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BerthError } from '../../shared/errors'
import { hasNeverComeUp, noteNewDisk } from './data-mark'
import { diskFile } from './disk-file'
import { berthFile, type Logger } from '../host'
import { freeBytes, message, neededSpace, noSpaceError, syncFolder, systemErrorCode } from '../lib'
import { runQemuImg, saysLocked } from '../qemu'

/** Bytes that formatting a disk takes at most; one that takes more holds something else, whatever is noted about it. */
const mostFormatting = 64 << 20

export interface DataDiskOptions {
  file: string
  /** What the guest sees; the file grows as it is filled. */
  sizeGiB: number
  /** qemu-img's path. */
  qemuImg: string
  /** Free bytes of the file system that holds a folder. */
  freeSpace?: (folder: string) => Promise<number>
}

/**
 * Makes the data disk when there is none. One that exists is made larger when it is to be, and else never touched:
 * it does not shrink. Only one that no machine has ever come up on is made anew: the guest may have been interrupted
 * while it formatted it, and then nobody can tell it from a damaged one. Nothing may use it meanwhile. Rejects with host.no-space (nothing is made then),
 * machine.disk-create, machine.disk-locked or machine.disk-grow.
 */
export async function ensureDataDisk(options: DataDiskOptions): Promise<void> {
  const { file, sizeGiB, qemuImg, freeSpace = freeBytes } = options
  const present = await diskFile(file)
  const unfinished =
    present !== undefined && present.allocated < mostFormatting && (await hasNeverComeUp(file))
  if (unfinished) await rm(file)
  else if (present !== undefined) {
    if (present.virtual > 0 && present.virtual < sizeGiB * 2 ** 30) await growImage(qemuImg, file, sizeGiB)
    return
  }
  const folder = dirname(file)
  const free = await freeSpace(folder)
  if (free < neededSpace) {
    throw noSpaceError(folder, { free, needed: neededSpace })
  }
  // Under another name until it is whole: a disk that was half made would be taken for a damaged one.
  const temporary = berthFile({ machine: folder }, 'newDataDisk')
  try {
    await createImage(qemuImg, temporary, sizeGiB)
    await noteNewDisk(file)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * Rejects with machine.disk-locked while another process uses the disk: QEMU locks what it uses, and its tools honour
 * that. Whatever else is wrong with the disk is no reason.
 */
export async function assertUnused(qemuImg: string, file: string): Promise<void> {
  const reason = await failureOf(qemuImg, ['info', '-f', 'qcow2', file])
  if (reason !== undefined && saysLocked(reason))
    throw new BerthError('machine.disk-locked', { file }, { detail: reason })
}

/**
 * Takes the data disk away at once: after an interruption it is there whole or not at all. Rejects with
 * machine.disk-locked where the system does not let go of a file in use; nothing has changed then.
 */
export async function removeDataDisk(file: string, log: Logger): Promise<void> {
  try {
    await rename(file, removed(file))
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT')
      throw new BerthError('machine.disk-locked', { file }, { detail: message(error), cause: error })
  }
  await syncFolder(dirname(file))
  await deleteLeftovers(file, log)
}

/**
 * What an interrupted removal or compaction has left. It only takes space, so that a failure keeps nobody from
 * anything.
 */
export async function deleteLeftovers(file: string, log: Logger): Promise<void> {
  for (const leftover of [removed(file), compactedCopy(file)])
    await rm(leftover, { force: true }).catch((error: unknown) => {
      log.warn({ file: leftover, reason: message(error) }, 'a file beside the data disk could not be deleted')
    })
}

/** What a compaction writes until it is whole. */
export function compactedCopy(file: string): string {
  return berthFile({ machine: dirname(file) }, 'compactedDataDisk')
}

function removed(file: string): string {
  return berthFile({ machine: dirname(file) }, 'removedDataDisk')
}

async function createImage(qemuImg: string, file: string, sizeGiB: number): Promise<void> {
  const args = ['create', '-q', '-f', 'qcow2', '-o', 'lazy_refcounts=on', file, `${sizeGiB}G`]
  const reason = await failureOf(qemuImg, args)
  if (reason !== undefined) throw new BerthError('machine.disk-create', { file, reason })
}

/** The file system in it is grown by the guest (vm-assets/rootfs/usr/lib/berth/data-disk). */
async function growImage(qemuImg: string, file: string, sizeGiB: number): Promise<void> {
  const reason = await failureOf(qemuImg, ['resize', '-q', '-f', 'qcow2', file, `${sizeGiB}G`])
  if (reason === undefined) return
  if (saysLocked(reason)) throw new BerthError('machine.disk-locked', { file }, { detail: reason })
  throw new BerthError(
    'machine.disk-grow',
    { file, size: sizeGiB, reason: reason.split('\n').at(-1) ?? reason },
    { detail: reason },
  )
}

/** What qemu-img says when it fails. */
async function failureOf(qemuImg: string, args: string[]): Promise<string | undefined> {
  const { code, output } = await runQemuImg(qemuImg, args)
  if (code === 0) return undefined
  return output === '' ? `qemu-img ended with ${code === null ? 'a signal' : `code ${code}`}` : output
}
