import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BerthError } from '../../shared/errors'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { freeBytes, message, neededSpace, noSpaceError, syncFolder, systemErrorCode } from '../lib'
import { endOrphan, runQemuImg, saysLocked } from '../qemu'
import { isBlankDisk, noteBlankDisk } from './data-format'
import { diskFile } from './qcow2'

/** Bytes. Formatting writes at most this to a disk. A disk with more is not blank, whatever the note says. */
const mostFormatting = 64 << 20

export interface DataDiskOptions {
  file: string
  /** The size that the guest sees. The file grows as it is filled. */
  sizeGiB: number
  /** qemu-img's path. */
  qemuImg: string
  /** Free bytes of the file system that holds a folder. */
  freeSpace?: (folder: string) => Promise<number>
}

/**
 * Makes the data disk when there is none, and makes an existing one larger when the settings say so. It never shrinks.
 * A disk on which no guest has come up yet is made again: a guest may have been interrupted while it formatted the
 * disk, which then looks like a damaged one. Nothing else may use the disk.
 * @throws BerthError host.no-space (nothing is made then), machine.disk-create, machine.disk-locked, machine.disk-grow
 */
export async function ensureDataDisk(options: DataDiskOptions): Promise<void> {
  const { file, sizeGiB, qemuImg, freeSpace = freeBytes } = options
  const present = await diskFile(file)
  const unfinished = present !== undefined && present.allocated < mostFormatting && (await isBlankDisk(file))
  if (unfinished) await rm(file)
  else if (present !== undefined) {
    if (present.virtual > 0 && present.virtual < sizeGiB * 2 ** 30) await growDisk(qemuImg, file, sizeGiB)
    return
  }
  const folder = dirname(file)
  const free = await freeSpace(folder)
  if (free < neededSpace) throw noSpaceError(folder, { free, needed: neededSpace })
  // Under another name until it is whole: half a disk would be taken for a damaged one.
  const temporary = berthFile({ machine: folder }, 'newDataDisk')
  try {
    await createDisk(qemuImg, temporary, sizeGiB)
    await noteBlankDisk(file)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Ends what a crashed app left running on the data disk: its QEMU, or the qemu-img of a compaction. */
export async function endOrphans(paths: Pick<BerthPaths, 'machine' | 'run'>, log: Logger): Promise<void> {
  for (const record of ['qemuRecord', 'compactionRecord'] as const)
    await endOrphan(berthFile(paths, record), berthFile(paths, 'dataDisk'), log)
}

/**
 * Refuses a disk that another process uses: QEMU locks its disks, and its tools honour that. Any other problem with
 * the disk is ignored.
 * @throws BerthError machine.disk-locked
 */
export async function assertUnused(qemuImg: string, file: string): Promise<void> {
  const reason = await failureOf(qemuImg, ['info', '-f', 'qcow2', file])
  if (reason !== undefined && saysLocked(reason))
    throw new BerthError('machine.disk-locked', { file }, { detail: reason })
}

/**
 * Deletes the data disk. After an interruption it is there whole or not at all.
 * @throws BerthError machine.disk-locked where the system does not delete a file in use; nothing has changed then
 */
export async function removeDataDisk(file: string, log: Logger): Promise<void> {
  try {
    await rename(file, removedDisk(file))
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT')
      throw new BerthError('machine.disk-locked', { file }, { detail: message(error), cause: error })
  }
  await syncFolder(dirname(file))
  await deleteLeftovers(file, log)
}

/** Deletes what an interrupted removal or compaction has left. Never rejects: leftovers only take space. */
export async function deleteLeftovers(file: string, log: Logger): Promise<void> {
  for (const leftover of [removedDisk(file), compactedCopy(file)])
    await rm(leftover, { force: true }).catch((error: unknown) => {
      log.warn({ file: leftover, reason: message(error) }, 'could not delete a file beside the data disk')
    })
}

/** The file that a compaction writes until it is complete. */
export function compactedCopy(file: string): string {
  return berthFile({ machine: dirname(file) }, 'compactedDataDisk')
}

function removedDisk(file: string): string {
  return berthFile({ machine: dirname(file) }, 'removedDataDisk')
}

async function createDisk(qemuImg: string, file: string, sizeGiB: number): Promise<void> {
  const args = ['create', '-q', '-f', 'qcow2', '-o', 'lazy_refcounts=on', file, `${sizeGiB}G`]
  const reason = await failureOf(qemuImg, args)
  if (reason !== undefined) throw new BerthError('machine.disk-create', { file, reason })
}

/** The guest grows the file system on it (vm-assets/rootfs/usr/lib/berth/data-disk). */
async function growDisk(qemuImg: string, file: string, sizeGiB: number): Promise<void> {
  const reason = await failureOf(qemuImg, ['resize', '-q', '-f', 'qcow2', file, `${sizeGiB}G`])
  if (reason === undefined) return
  if (saysLocked(reason)) throw new BerthError('machine.disk-locked', { file }, { detail: reason })
  throw new BerthError(
    'machine.disk-grow',
    { file, size: sizeGiB, reason: reason.split('\n').at(-1) ?? reason },
    { detail: reason },
  )
}

/** What qemu-img prints when it fails; undefined when it succeeds. */
async function failureOf(qemuImg: string, args: string[]): Promise<string | undefined> {
  const { code, output } = await runQemuImg(qemuImg, args)
  if (code === 0) return undefined
  return output === '' ? `qemu-img ended with ${code === null ? 'a signal' : `code ${code}`}` : output
}
