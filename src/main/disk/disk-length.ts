import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { message, systemErrorCode, writePrivateFile } from '../lib'
import { berthFile, type Logger } from '../host'
import { wasNotClosed } from './disk-file'
import { type QemuImgResult, runQemuImg } from '../qemu'

const lengthSchema = z.object({ bytes: z.number() })

/** Notes how long the data disk's file is at the end of a machine, for `assertNotTruncated` at the next start. */
export async function rememberLength(dataDisk: string): Promise<void> {
  const { size } = await stat(dataDisk)
  await writePrivateFile(noteFile(dataDisk), JSON.stringify({ bytes: size }))
}

/** As `rememberLength`, for one who has other things to do: it is missed only when the file is then cut short. */
export async function noteLength(dataDisk: string, log: Logger): Promise<void> {
  await rememberLength(dataDisk).catch((error: unknown) => {
    log.warn({ reason: message(error) }, 'the length of the data disk could not be noted')
  })
}

/**
 * QEMU opens a file that was cut short, and the guest then reads zeros where its data was. So one that has become
 * shorter is looked through; one that was replaced by a smaller whole disk is accepted. Rejects with
 * machine.disk-unusable.
 */
export async function assertNotTruncated(dataDisk: string, qemuImg: string): Promise<void> {
  const [before, now] = await Promise.all([notedLength(dataDisk), stat(dataDisk)])
  if (before === undefined || now.size >= before) return
  const found = await checkImage(qemuImg, dataDisk)
  if (found.whole) return
  throw new BerthError(
    'machine.disk-unusable',
    { file: dataDisk, reason: `${now.size} of ${before} bytes are left of it` },
    { detail: found.output },
  )
}

export interface ImageCheck {
  /** False when clusters are missing or claimed twice; leaked ones only waste space. */
  whole: boolean
  output: string
}

/**
 * `qemu-img check` on a disk that no machine uses; nothing is changed. A disk whose QEMU was killed has not counted its
 * clusters (lazy refcounts), which the next one does by itself: of such a disk only what is missing is damage.
 */
export async function checkImage(qemuImg: string, file: string): Promise<ImageCheck> {
  const { code, output, missesClusters } = await runCheck(qemuImg, [file])
  // 0 is clean, 3 has leaks; everything else cannot be trusted.
  const clean = code === 0 || code === 3
  return { whole: clean || (code === 2 && !missesClusters && (await wasNotClosed(file))), output }
}

/** As `checkImage`, and puts right what can be. */
export async function checkAndRepairImage(qemuImg: string, file: string): Promise<ImageCheck> {
  // Its code tells what it found as well as what is left; only the latter counts.
  await runCheck(qemuImg, ['-r', 'all', file])
  return checkImage(qemuImg, file)
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

async function notedLength(dataDisk: string): Promise<number | undefined> {
  try {
    return lengthSchema.parse(JSON.parse(await readFile(noteFile(dataDisk), 'utf8'))).bytes
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError)
      return undefined
    throw error
  }
}

function noteFile(dataDisk: string): string {
  return berthFile({ machine: dirname(dataDisk) }, 'dataDiskLength')
}
