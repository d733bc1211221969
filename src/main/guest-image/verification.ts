import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { guestImageFiles } from '../host'
import { JsonFile, unlessAbsent } from '../lib'
import type { GuestArch } from '../qemu'
import { corruptImage, readManifest, type GuestManifest } from './manifest'

/** A guest image that matches its manifest. */
export interface GuestImage {
  folder: string
  recipe: string
  dataFormat: number
  kernel: string
  /** The same kernel, unpacked; x86_64 only. */
  unpackedKernel?: string
  initrd: string
  root: string
}

/** Reports how many bytes of the total are done. */
export type ReportProgress = (done: number, total: number) => void

/**
 * Maps the path of each verified file to its checksum, size and time. Without this record, every start would hash
 * 500 MB, which takes a second.
 */
const verifiedSchema = z.record(z.string(), z.string())

const { kernel, unpackedKernel, initrd, root } = guestImageFiles
const fileNames = [kernel, unpackedKernel, initrd, root] as const

/**
 * Verifies an image against its manifest. Sizes are always compared. Checksums are compared only for files that have
 * changed since their last verification, which `verifiedFile` records. `report` is called with the bytes that were
 * hashed.
 * @throws BerthError machine.image-missing, machine.image-corrupt, host.no-space, host.folder-unwritable
 */
export async function openGuestImage(
  folder: string,
  arch: GuestArch,
  verifiedFile: string,
  report: ReportProgress,
): Promise<GuestImage> {
  const manifest = await readManifest(folder, arch)
  const memory = new JsonFile({ path: verifiedFile, schema: verifiedSchema })
  const verified = (await memory.readIfValid()) ?? {}
  await verifyFiles(folder, manifest, verified, report, () => memory.write(verified))
  return {
    folder,
    recipe: manifest.recipe,
    dataFormat: manifest.dataFormat,
    kernel: join(folder, kernel),
    ...(manifest.files[unpackedKernel] ? { unpackedKernel: join(folder, unpackedKernel) } : {}),
    initrd: join(folder, initrd),
    root: join(folder, root),
  }
}

/**
 * Hashes every file of an image, even if it was verified before: a failing disk changes bytes without changing a
 * file's time. `report` is called with the bytes that were hashed.
 * @throws BerthError machine.image-missing, machine.image-corrupt
 */
export async function verifyGuestImage(
  folder: string,
  arch: GuestArch,
  report: ReportProgress = () => undefined,
): Promise<void> {
  await verifyFiles(folder, await readManifest(folder, arch), {}, report, () => Promise.resolve())
}

/** Skips the files that `verified` lists. Adds each newly verified file to `verified`. */
async function verifyFiles(
  folder: string,
  { files }: GuestManifest,
  verified: Record<string, string>,
  report: ReportProgress,
  onVerified: () => Promise<void>,
): Promise<void> {
  const present = fileNames.flatMap((name) => {
    const file = files[name]
    return file ? [{ name, path: join(folder, name), ...file }] : []
  })
  const total = present.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  for (const { name, path, bytes, sha256 } of present) {
    const state = await unlessAbsent(stat(path))
    if (state?.size !== bytes) throw corruptImage(folder, name)
    const mark = `${sha256} ${state.size} ${state.mtimeMs}`
    if (verified[path] !== mark) {
      const before = done
      const hash = await sha256Of(path, (hashed) => {
        report(before + hashed, total)
      })
      if (hash !== sha256) throw corruptImage(folder, name)
      verified[path] = mark
      await onVerified()
    }
    done += bytes
  }
}

async function sha256Of(file: string, report: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        report(bytes)
      }
    },
  )
  return hash.digest('hex')
}
