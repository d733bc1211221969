import { chmod, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { CompactionProgress } from '../../shared/disk'
import { BerthError } from '../../shared/errors'
import { freeBytes, message, noSpaceError, runProgram, syncFolder } from '../lib'
import { forget, record } from '../qemu'
import { compactedCopy } from './data-disk'
import { checkImage } from './disk-length'

export interface CompactImageOptions {
  /** qemu-img's path. */
  qemuImg: string
  /** A qcow2 file that nobody uses. */
  file: string
  /** Where the process that reads the file is recorded: it goes on when the app dies, and keeps the file locked. */
  recordFile: string
  report: (progress: CompactionProgress) => void
  signal: AbortSignal
  /** Done between the last moment at which all can still be given up and the swap. */
  beforeSwap: () => Promise<void>
  /** Free bytes of the file system that holds a folder. */
  freeSpace?: (folder: string) => Promise<number>
}

/** Bytes of the host that a compaction leaves free. */
const spare = 64 << 20

/**
 * Rewrites a disk without the clusters that nothing uses, for hosts whose files cannot give back what is in the
 * middle of them. The disk itself is only read: a copy is made beside it, checked, compared and synced, and takes its
 * place in one rename. Interrupted at any moment, it is the old or the new disk, never part of one. Rejects with
 * machine.disk-unusable for a damaged disk, host.no-space, disk.compact-failed, or the signal's reason; the disk is
 * as it was then.
 */
export async function compactImage(options: CompactImageOptions): Promise<void> {
  const { qemuImg, file, recordFile, report, signal, beforeSwap, freeSpace = freeBytes } = options
  signal.throwIfAborted()
  const copy = compactedCopy(file)
  await rm(copy, { force: true })
  await assertWhole(qemuImg, file)
  await assertSpace(await copySize(qemuImg, file), dirname(file), freeSpace)
  try {
    const convert = ['convert', '-p', '-f', 'qcow2', '-O', 'qcow2', '-o', 'lazy_refcounts=on', file, copy]
    const onStart = (pid: number) => record(recordFile, pid, file)
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
    await forget(recordFile)
  }
}

async function assertWhole(qemuImg: string, file: string): Promise<void> {
  const { whole, output } = await checkImage(qemuImg, file)
  if (whole) return
  const reason = output.split('\n')[0] ?? ''
  throw new BerthError('machine.disk-unusable', { file, reason }, { detail: output })
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

/** What the copy takes at most, bytes. */
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

/** A qemu-img command that tells how far it is: `    (12.50/100%)\r`. */
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
  /** What has to be done before anybody waits for the process. */
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

/** The copy is on the host's disk, readable by whom the disk is. */
async function sync(file: string, mode: number): Promise<void> {
  await chmod(file, mode & 0o777)
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
