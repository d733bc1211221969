import { chmod, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { CompactionProgress, CompactionResult } from '../../shared/disk'
import { BerthError } from '../../shared/errors'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { ensurePrivateFolder, freeBytes, message, noSpaceError, runProgram, syncFolder } from '../lib'
import { forgetProcess, recordProcess } from '../qemu'
import { assertUnused, compactedCopy, endOrphans } from './data-disk'
import { assertWhole, noteLength } from './disk-integrity'
import { diskFile } from './qcow2'

interface Work {
  report: (progress: CompactionProgress) => void
  signal: AbortSignal
  /** Called after the last cancellable step, and before the new disk takes the place of the old one. */
  beforeSwap: () => Promise<void>
}

export interface CompactionOptions extends Work {
  paths: BerthPaths
  log: Logger
  /** qemu-img's path. */
  qemuImg: () => Promise<string>
}

/**
 * Compacts the data disk and returns how many bytes the host got back. No machine may use the disk. Without a data
 * disk, this does nothing.
 * @throws BerthError machine.disk-locked, host.qemu-missing, machine.qemu-start, host.folder-unwritable; see
 * {@link compactDisk}
 */
export async function compactDataDisk(options: CompactionOptions): Promise<CompactionResult> {
  const { paths, log } = options
  const file = berthFile(paths, 'dataDisk')
  const before = await diskFile(file)
  if (before === undefined) return { returned: 0 }
  const qemuImg = await options.qemuImg()
  await endOrphans(paths, log)
  await assertUnused(qemuImg, file)
  await ensurePrivateFolder(paths.run)
  await compactDisk({ ...options, qemuImg, file, recordFile: berthFile(paths, 'compactionRecord') })
  await noteLength(file, log)
  const allocated = (await diskFile(file))?.allocated ?? 0
  return { returned: Math.max(0, before.allocated - allocated) }
}

export interface CompactDiskOptions extends Work {
  qemuImg: string
  /** A qcow2 file that no other process uses. */
  file: string
  /** Records the process that reads the disk. If the app crashes, that process continues and keeps the disk locked. */
  recordFile: string
  /** Returns the free bytes of the file system that holds a folder. */
  freeSpace?: (folder: string) => Promise<number>
}

/** Bytes of the host's disk that a compaction leaves free. */
const spare = 64 << 20

/**
 * Rewrites a disk file without its unused clusters. Some hosts need this, because they cannot free space in the middle
 * of a file. The old file is only read. The new file is written beside it, verified, compared with it and synced. Then
 * one rename replaces the old file. An interruption leaves a complete disk: the old one or the new one.
 * @throws BerthError machine.disk-unusable for a damaged disk, host.no-space, host.folder-unwritable,
 * disk.compact-failed, or the signal's reason; the disk is unchanged then
 */
export async function compactDisk(options: CompactDiskOptions): Promise<void> {
  const { qemuImg, file, recordFile, report, signal, beforeSwap, freeSpace = freeBytes } = options
  signal.throwIfAborted()
  const copy = compactedCopy(file)
  await rm(copy, { force: true })
  await assertWhole(qemuImg, file)
  await assertSpace(await copySize(qemuImg, file), dirname(file), freeSpace)
  try {
    const convert = ['convert', '-p', '-f', 'qcow2', '-O', 'qcow2', '-o', 'lazy_refcounts=on', file, copy]
    const onStart = (pid: number) => recordProcess(recordFile, pid, file)
    await run(qemuImg, convert, { signal, onStart }, (percent) => {
      report({ step: 'copy', percent })
    })
    await assertWhole(qemuImg, copy)
    const compare = ['compare', '-p', '-f', 'qcow2', '-F', 'qcow2', file, copy]
    await run(qemuImg, compare, { signal, onStart }, (percent) => {
      report({ step: 'compare', percent })
    })
    await sync(copy, (await stat(file)).mode)
    signal.throwIfAborted()
    await beforeSwap()
    await rename(copy, file)
    await syncFolder(dirname(file))
  } catch (error) {
    await rm(copy, { force: true })
    if (error instanceof BerthError || signal.aborted) throw error
    throw new BerthError('disk.compact-failed', { file, reason: message(error) }, { cause: error })
  } finally {
    await forgetProcess(recordFile)
  }
}

async function assertSpace(
  size: number,
  folder: string,
  freeSpace: (folder: string) => Promise<number>,
): Promise<void> {
  const [free, needed] = [await freeSpace(folder), size + spare]
  if (free >= needed) return
  throw noSpaceError(folder, { free, needed })
}

/** The most bytes that the copy can take. */
async function copySize(qemuImg: string, file: string): Promise<number> {
  let output = ''
  const args = ['measure', '--output=json', '-f', 'qcow2', '-O', 'qcow2', file]
  try {
    await collect(qemuImg, args, { signal: new AbortController().signal }, (text) => {
      output += text
    })
    return z.object({ required: z.number() }).parse(JSON.parse(output)).required
  } catch (error) {
    throw new BerthError('disk.compact-failed', { file, reason: message(error) }, { cause: error })
  }
}

/** Runs a qemu-img command that prints its progress: `    (12.50/100%)\r`. */
async function run(
  qemuImg: string,
  args: string[],
  running: Running,
  report: (percent: number) => void,
): Promise<void> {
  let last: number | undefined
  await collect(qemuImg, args, running, (text) => {
    const percent = [...text.matchAll(/\((\d+)(?:\.\d+)?\/100%\)/g)].at(-1)?.[1]
    if (percent === undefined || Number(percent) === last) return
    last = Number(percent)
    report(last)
  })
}

interface Running {
  signal: AbortSignal
  /** Called with the id of the started process, before its end is awaited. */
  onStart?: (pid: number) => Promise<void>
}

/**
 * Runs a command to its end.
 * @throws Error with the last line that a failed command printed; or the signal's reason, after the command has ended;
 * or the error of `onStart`
 */
async function collect(
  command: string,
  args: string[],
  { signal, onStart }: Running,
  onStdout: (text: string) => void,
): Promise<void> {
  signal.throwIfAborted()
  const running = runProgram(command, args, {
    stdin: 'ignore',
    all: true,
    reject: false,
    cancelSignal: signal,
  })
  running.stdout.on('data', (chunk: Buffer) => {
    onStdout(chunk.toString('utf8'))
  })
  if (running.pid !== undefined)
    await onStart?.(running.pid).catch(async (error: unknown) => {
      running.kill()
      await running
      throw error
    })
  // An aborted command is awaited too: Windows can remove the copy only after the command has closed it.
  const { failed, all, shortMessage } = await running
  signal.throwIfAborted()
  if (!failed) return
  const lines = all.split(/[\r\n]/).filter((line) => line.trim() !== '')
  throw new Error(lines.at(-1)?.trim() ?? shortMessage)
}

/** Gives the copy the file mode of the old disk file, and waits until its data is on the host's disk. */
async function sync(file: string, mode: number): Promise<void> {
  await chmod(file, mode & 0o777)
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
