import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { berthFile, type Logger } from '../host'
import { exists, JsonFile, message } from '../lib'
import { type QemuImgResult, runQemuImg } from '../qemu'
import { wasNotClosed } from './qcow2'

export interface DiskVerdict {
  /** False when clusters are missing or claimed twice. Leaked clusters only waste space. */
  whole: boolean
  output: string
}

/**
 * Looks at every cluster of a disk file that no machine uses (`qemu-img check`), and changes nothing. A disk whose
 * QEMU was killed has not counted its clusters (lazy refcounts). The next QEMU counts them, so of such a disk only
 * missing clusters are damage.
 */
export async function verifyDisk(qemuImg: string, file: string): Promise<DiskVerdict> {
  const { code, output, missesClusters } = await runCheck(qemuImg, [file])
  // 0 is clean, 3 has leaks; a disk with any other code cannot be trusted.
  const clean = code === 0 || code === 3
  return { whole: clean || (code === 2 && !missesClusters && (await wasNotClosed(file))), output }
}

/** Like `verifyDisk`, after repairing what can be repaired. */
export async function repairAndVerifyDisk(qemuImg: string, file: string): Promise<DiskVerdict> {
  // The code of the repair counts what it found as well as what is left. Only the rest matters.
  await runCheck(qemuImg, ['-r', 'all', file])
  return verifyDisk(qemuImg, file)
}

/** @throws BerthError machine.disk-unusable when a disk file is damaged */
export async function assertWhole(qemuImg: string, file: string): Promise<void> {
  refuseDamaged(file, await verifyDisk(qemuImg, file))
}

/**
 * Makes a disk file consistent again, if there is one.
 * @throws BerthError machine.disk-unusable
 */
export async function repairDisk(qemuImg: string, file: string): Promise<void> {
  if (await exists(file)) refuseDamaged(file, await repairAndVerifyDisk(qemuImg, file))
}

/** Notes how long the data disk's file is when its machine has ended, for `assertNotTruncated` at the next start. */
export async function rememberLength(dataDisk: string): Promise<void> {
  const { size } = await stat(dataDisk)
  await lengthNote(dataDisk).write({ bytes: size })
}

/** Like `rememberLength`, but never rejects: the note is missed only when the file is then cut short. */
export async function noteLength(dataDisk: string, log: Logger): Promise<void> {
  await rememberLength(dataDisk).catch((error: unknown) => {
    log.warn({ reason: message(error) }, 'could not note the length of the data disk')
  })
}

/**
 * Refuses a data disk whose file was cut short: QEMU opens it, and the guest would read zeros where its data was. A
 * shorter file is therefore verified. A smaller whole disk that has replaced it is accepted.
 * @throws BerthError machine.disk-unusable
 */
export async function assertNotTruncated(dataDisk: string, qemuImg: string): Promise<void> {
  const [before, now] = await Promise.all([lengthNote(dataDisk).readIfValid(), stat(dataDisk)])
  if (before === undefined || now.size >= before.bytes) return
  const { whole, output } = await verifyDisk(qemuImg, dataDisk)
  if (whole) return
  const reason = `${now.size} of ${before.bytes} bytes are left of it`
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
