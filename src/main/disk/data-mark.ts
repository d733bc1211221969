import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { berthFile } from '../host'
import { exists, writePrivateFile } from '../lib'

/**
 * What last used the data disk, in a file beside it. The disk carries its format itself too (the guest refuses
 * one that it does not know), so that a disk that was moved is recognised; this is what refuses before a start.
 */
const markSchema = z.object({ format: z.number().int().positive(), recipe: z.string() })

/** Rejects with machine.data-newer when a data disk that is there was used by an image of a newer data format. */
export async function refuseNewerData(dataDisk: string, image: { dataFormat: number }): Promise<void> {
  if (!(await exists(dataDisk))) return
  const mark = await readMark(markFile(dataDisk))
  if (mark === undefined || mark.format <= image.dataFormat) return
  throw new BerthError('machine.data-newer', {
    file: dataDisk,
    format: String(mark.format),
    known: String(image.dataFormat),
  })
}

/** An image has come up on the data disk. */
export async function markData(
  dataDisk: string,
  image: { dataFormat: number; recipe: string },
): Promise<void> {
  // First, and without needing space: a disk that somebody has written to must not be made anew.
  await rm(newDiskFile(dataDisk), { force: true })
  const mark = { format: image.dataFormat, recipe: image.recipe }
  await writePrivateFile(markFile(dataDisk), JSON.stringify(mark))
}

/** A blank disk is about to get this name. */
export async function noteNewDisk(dataDisk: string): Promise<void> {
  await rm(markFile(dataDisk), { force: true })
  await writePrivateFile(newDiskFile(dataDisk), '')
}

/** True when a disk was made and nothing has come up on it since: nobody can have written to it. */
export async function hasNeverComeUp(dataDisk: string): Promise<boolean> {
  // An older Berth leaves the note where it is, and writes its mark.
  return (await exists(newDiskFile(dataDisk))) && !(await exists(markFile(dataDisk)))
}

function newDiskFile(dataDisk: string): string {
  return berthFile({ machine: dirname(dataDisk) }, 'blankDataDisk')
}

function markFile(dataDisk: string): string {
  return berthFile({ machine: dirname(dataDisk) }, 'dataFormat')
}

/** One that cannot be read says nothing: the guest looks at the disk itself. */
async function readMark(file: string): Promise<z.infer<typeof markSchema> | undefined> {
  try {
    return markSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}
