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
 * Compacts the data disk, which no machine may use, and returns how many bytes the host got back. Without a data disk
 * there is nothing to do.
 * @throws BerthError machine.disk-locked, or see {@link compactDisk}
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
  /** A qcow2 file that nobody uses. */
  file: string
  /** Names the process that reads the file. If the app crashes, that process continues and keeps the file locked. */
  recordFile: string
  /** Free bytes of the file system that holds a folder. */
  freeSpace?: (folder: string) => Promise<number>
}

/** Bytes of the host's disk that a compaction leaves free. */
const spare = 64 << 20

/**
 * Rewrites a disk file without its unused clusters, for hosts whose files cannot give back space in their middle. The
 * disk itself is only read. A copy beside it is verified, compared and synced, and takes its place in one rename. An
 * interruption leaves the old or the new disk, never a part of one.
 * @throws BerthError machine.disk-unusable for a damaged disk, host.no-space, disk.compact-failed, or the signal's
 * reason; the disk has not changed then
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

/** The most that the copy takes, bytes. */
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
  /** Called before anybody waits for the process. */
  onStart?: (pid: number) => Promise<void>
}

/**
 * Runs a command to its end.
 * @throws Error with the last line that a failed command printed; the signal's reason, once the command has ended
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
  // This also waits until the command has closed its files: on Windows, the copy can only be removed then.
  const { failed, all, shortMessage } = await running
  signal.throwIfAborted()
  if (!failed) return
  const lines = all.split(/[\r\n]/).filter((line) => line.trim() !== '')
  throw new Error(lines.at(-1)?.trim() ?? shortMessage)
}

/** Gives the copy the mode of the disk, and waits until it is on the host's disk. */
async function sync(file: string, mode: number): Promise<void> {
  await chmod(file, mode & 0o777)
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
