import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { berthFile } from '../host'
import { exists, JsonFile, writePrivateFile } from '../lib'

/**
 * The file that records the format of the data disk, and the guest image that used the disk last. The disk itself
 * carries its format too, and the guest refuses a format that it does not know. With this file, Berth can refuse such
 * a disk before it starts the machine.
 */
const formatSchema = z.object({ format: z.number().int().positive(), recipe: z.string() })

/** @throws BerthError machine.data-newer when a guest image of a newer data format has used the data disk */
export async function refuseNewerData(dataDisk: string, image: { dataFormat: number }): Promise<void> {
  if (!(await exists(dataDisk))) return
  // If the file cannot be read, the disk is not refused here: the guest reads the format from the disk itself.
  const found = await formatFile(dataDisk).readIfValid()
  if (found === undefined || found.format <= image.dataFormat) return
  throw new BerthError('machine.data-newer', {
    file: dataDisk,
    format: String(found.format),
    known: String(image.dataFormat),
  })
}

/** Records that a guest image has booted with the data disk. */
export async function markData(
  dataDisk: string,
  image: { dataFormat: number; recipe: string },
): Promise<void> {
  // The note that the disk is blank is removed first: the disk may soon hold data, and must then never be created
  // again. The removal needs no free space.
  await rm(blankNote(dataDisk), { force: true })
  await formatFile(dataDisk).write({ format: image.dataFormat, recipe: image.recipe })
}

/** Records that the data disk is blank. Call this before the new disk file takes the data disk's name. */
export async function noteBlankDisk(dataDisk: string): Promise<void> {
  await formatFile(dataDisk).remove()
  await writePrivateFile(blankNote(dataDisk), '')
}

/** True if no guest has booted with the data disk since it was created. Such a disk holds no data. */
export async function isBlankDisk(dataDisk: string): Promise<boolean> {
  // An older version of Berth does not remove the note, but it writes the format file.
  return (await exists(blankNote(dataDisk))) && !(await exists(formatFile(dataDisk).path))
}

function blankNote(dataDisk: string): string {
  return berthFile({ machine: dirname(dataDisk) }, 'blankDataDisk')
}

function formatFile(dataDisk: string) {
  const path = berthFile({ machine: dirname(dataDisk) }, 'dataFormat')
  return new JsonFile({ path, schema: formatSchema })
}
