import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { berthFile, type Logger } from '../host'
import { exists, JsonFile, message } from '../lib'
import { type QemuImgResult, runQemuImg } from '../qemu'
import { wasNotClosed } from './qcow2'

export interface DiskVerdict {
  /** False if clusters are missing or used twice. Leaked clusters do not matter here: they only waste space. */
  whole: boolean
  output: string
}

/**
 * Verifies every cluster of a disk file (`qemu-img check`), and changes nothing. No machine may use the disk. If QEMU
 * was killed, the reference counts in the file are out of date (lazy refcounts), and the next QEMU corrects them. In
 * such a file, only missing clusters count as damage.
 */
export async function verifyDisk(qemuImg: string, file: string): Promise<DiskVerdict> {
  const { code, output, missesClusters } = await runCheck(qemuImg, [file])
  // 0: no errors. 3: leaked clusters only. 2: other errors, which include wrong reference counts.
  const clean = code === 0 || code === 3
  return { whole: clean || (code === 2 && !missesClusters && (await wasNotClosed(file))), output }
}

/** Repairs the disk as far as possible, then verifies it with `verifyDisk`. */
export async function repairAndVerifyDisk(qemuImg: string, file: string): Promise<DiskVerdict> {
  // The exit code of the repair also counts errors that are now repaired. Only the remaining errors matter.
  await runCheck(qemuImg, ['-r', 'all', file])
  return verifyDisk(qemuImg, file)
}

/** @throws BerthError machine.disk-unusable when a disk file is damaged */
export async function assertWhole(qemuImg: string, file: string): Promise<void> {
  refuseDamaged(file, await verifyDisk(qemuImg, file))
}

/**
 * Repairs a disk file, if there is one.
 * @throws BerthError machine.disk-unusable
 */
export async function repairDisk(qemuImg: string, file: string): Promise<void> {
  if (await exists(file)) refuseDamaged(file, await repairAndVerifyDisk(qemuImg, file))
}

/**
 * Records the length of the data disk's file after its machine has ended. The next start compares the file with this
 * length.
 */
export async function rememberLength(dataDisk: string): Promise<void> {
  const { size } = await stat(dataDisk)
  await lengthNote(dataDisk).write({ bytes: size })
}

/**
 * Like `rememberLength`, but never rejects. Without the record, Berth cannot detect a truncated file, but everything
 * else works.
 */
export async function noteLength(dataDisk: string, log: Logger): Promise<void> {
  await rememberLength(dataDisk).catch((error: unknown) => {
    log.warn({ reason: message(error) }, 'could not note the length of the data disk')
  })
}

/**
 * Refuses a data disk whose file was truncated. QEMU opens such a file, and the guest would read zeros in place of the
 * lost data. A file that is shorter than before is therefore verified. If it is whole, it is accepted: somebody must
 * have replaced the disk with a smaller one.
 * @throws BerthError machine.disk-unusable
 */
export async function assertNotTruncated(dataDisk: string, qemuImg: string): Promise<void> {
  const [before, now] = await Promise.all([lengthNote(dataDisk).readIfValid(), stat(dataDisk)])
  if (before === undefined || now.size >= before.bytes) return
  const { whole, output } = await verifyDisk(qemuImg, dataDisk)
  if (whole) return
  const reason = `only ${now.size} of ${before.bytes} bytes are left`
  throw new BerthError('machine.disk-unusable', { file: dataDisk, reason }, { detail: output })
}

async function runCheck(
  qemuImg: string,
  args: string[],
): Promise<QemuImgResult & { missesClusters: boolean }> {
  let missesClusters = false
  const result = await runQemuImg(qemuImg, ['check', '-f', 'qcow2', ...args], (line) => {
    missesClusters ||= line.includes('exceeding the end of the file')
  })
  return { ...result, missesClusters }
}

function refuseDamaged(file: string, { whole, output }: DiskVerdict): void {
  if (whole) return
  const reason = output.split('\n')[0] ?? ''
  throw new BerthError('machine.disk-unusable', { file, reason }, { detail: output })
}

function lengthNote(dataDisk: string) {
  const path = berthFile({ machine: dirname(dataDisk) }, 'dataDiskLength')
  return new JsonFile({ path, schema: z.object({ bytes: z.number() }) })
}
