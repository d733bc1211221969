import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { guestImageFiles } from '../host'
import { manifestFormat } from '../lib'
import type { GuestArch } from '../qemu'

const { manifest: manifestFile, kernel, unpackedKernel, initrd, root } = guestImageFiles

const fileSchema = z.object({
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** The manifest of a guest image, with the size and checksum of each file. scripts/vm-build.mjs writes it. */
export const manifestSchema = z.object({
  format: z.literal(manifestFormat),
  arch: z.enum(['x86_64', 'arm64']),
  recipe: z.string().regex(/^[0-9a-f]+$/),
  /** The newest data disk format that the guest understands (`dataFormat` in vm-assets/guest-constants.json). */
  dataFormat: z.number().int().positive().default(1),
  files: z.object({
    [kernel]: fileSchema,
    [unpackedKernel]: fileSchema.optional(),
    [initrd]: fileSchema,
    [root]: fileSchema,
  }),
})
export type GuestManifest = z.infer<typeof manifestSchema>

/**
 * The manifest of the image in `folder`.
 * @throws BerthError machine.image-missing, machine.image-corrupt
 */
export async function readManifest(folder: string, arch: GuestArch): Promise<GuestManifest> {
  let text: string
  try {
    text = await readFile(join(folder, manifestFile), 'utf8')
  } catch (error) {
    throw new BerthError('machine.image-missing', { folder }, { cause: error })
  }
  try {
    const manifest = manifestSchema.parse(JSON.parse(text))
    if (manifest.arch === arch) return manifest
  } catch (error) {
    throw corruptImage(folder, manifestFile, error)
  }
  throw corruptImage(folder, manifestFile)
}

export function corruptImage(folder: string, file: string, cause?: unknown): BerthError {
  return new BerthError('machine.image-corrupt', { folder, file }, { cause })
}
