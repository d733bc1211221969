import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BerthError } from '../../shared/errors'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { freeBytes, message, neededSpace, noSpaceError, syncFolder, systemErrorCode } from '../lib'
import { endOrphan, runQemuImg, saysLocked } from '../qemu'
import { isBlankDisk, noteBlankDisk } from './data-format'
import { diskFile } from './qcow2'

/**
 * The most bytes that formatting writes. A larger disk file is not blank, even if `noteBlankDisk` has recorded it as
 * blank.
 */
const mostFormatting = 64 << 20

export interface DataDiskOptions {
  file: string
  /** The size that the guest sees. The file grows while the guest fills the disk. */
  sizeGiB: number
  /** qemu-img's path. */
  qemuImg: string
  /** Returns the free bytes of the file system that holds a folder. */
  freeSpace?: (folder: string) => Promise<number>
}

/**
 * Creates the data disk if there is none, and enlarges an existing one to `sizeGiB`. The disk never shrinks. A disk
 * with which no guest has booted yet is created again. The reason is that a guest may have been interrupted while it
 * formatted the disk, and such a disk looks damaged. No other process may use the disk.
 * @throws BerthError host.no-space (no data disk is made then), host.folder-unwritable, machine.disk-create,
 * machine.disk-locked, machine.disk-grow
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
  // The file has another name until it is complete: an incomplete data disk would look damaged at the next start.
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

/** Ends the processes that a crashed app left running on the data disk: QEMU, or the qemu-img of a compaction. */
export async function endOrphans(paths: Pick<BerthPaths, 'machine' | 'run'>, log: Logger): Promise<void> {
  for (const record of ['qemuRecord', 'compactionRecord'] as const)
    await endOrphan(berthFile(paths, record), berthFile(paths, 'dataDisk'), log)
}

/**
 * Refuses a disk that another process uses. QEMU locks its disks, and qemu-img respects the locks. Any other problem
 * with the disk is ignored.
 * @throws BerthError machine.disk-locked
 */
export async function assertUnused(qemuImg: string, file: string): Promise<void> {
  const reason = await failureOf(qemuImg, ['info', '-f', 'qcow2', file])
  if (reason !== undefined && saysLocked(reason))
    throw new BerthError('machine.disk-locked', { file }, { detail: reason })
}

/**
 * Deletes the data disk. After an interruption, the disk is either complete or gone.
 * @throws BerthError machine.disk-locked if the system refuses to rename the file, for example because a program uses
 * it; the disk is unchanged then
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

/** Deletes the files that an interrupted removal or compaction has left. Never rejects: such files only waste space. */
export async function deleteLeftovers(file: string, log: Logger): Promise<void> {
  for (const leftover of [removedDisk(file), compactedCopy(file)])
    await rm(leftover, { force: true }).catch((error: unknown) => {
      log.warn({ file: leftover, reason: message(error) }, 'could not delete a file beside the data disk')
    })
}

/** The temporary file that a compaction writes. */
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

/** Grows only the disk. The guest grows the file system on the disk (vm-assets/rootfs/usr/lib/berth/data-disk). */
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

/** The output of a qemu-img command that failed; undefined if it succeeded. */
async function failureOf(qemuImg: string, args: string[]): Promise<string | undefined> {
  const { code, output } = await runQemuImg(qemuImg, args)
  if (code === 0) return undefined
  return output === '' ? `qemu-img ended with ${code === null ? 'a signal' : `code ${code}`}` : output
}
