import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { berthFile } from '../host'
import { exists, JsonFile, writePrivateFile } from '../lib'

/**
 * Which data format the data disk has, and which guest image used it last. The disk itself carries its format too,
 * and the guest refuses one that it does not know. With this file, Berth can refuse such a disk before a start.
 */
const formatSchema = z.object({ format: z.number().int().positive(), recipe: z.string() })

/** @throws BerthError machine.data-newer when a guest image of a newer data format has used the data disk */
export async function refuseNewerData(dataDisk: string, image: { dataFormat: number }): Promise<void> {
  if (!(await exists(dataDisk))) return
  // A file that cannot be read says nothing: the guest looks at the disk itself.
  const found = await formatFile(dataDisk).readIfValid()
  if (found === undefined || found.format <= image.dataFormat) return
  throw new BerthError('machine.data-newer', {
    file: dataDisk,
    format: String(found.format),
    known: String(image.dataFormat),
  })
}

/** A guest image has come up on the data disk. */
export async function markData(
  dataDisk: string,
  image: { dataFormat: number; recipe: string },
): Promise<void> {
  // This comes first, and needs no space: a disk that may have been written to must not be made again.
  await rm(blankNote(dataDisk), { force: true })
  await formatFile(dataDisk).write({ format: image.dataFormat, recipe: image.recipe })
}

/** A blank disk is about to become the data disk. */
export async function noteBlankDisk(dataDisk: string): Promise<void> {
  await formatFile(dataDisk).remove()
  await writePrivateFile(blankNote(dataDisk), '')
}

/** True when no guest has come up on the data disk since it was made, so nobody can have written to it. */
export async function isBlankDisk(dataDisk: string): Promise<boolean> {
  // An older Berth does not remove the note, but it writes the format file.
  return (await exists(blankNote(dataDisk))) && !(await exists(formatFile(dataDisk).path))
}

function blankNote(dataDisk: string): string {
  return berthFile({ machine: dirname(dataDisk) }, 'blankDataDisk')
}

function formatFile(dataDisk: string) {
  const path = berthFile({ machine: dirname(dataDisk) }, 'dataFormat')
  return new JsonFile({ path, schema: formatSchema })
}
