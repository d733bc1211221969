import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { manifestFormat, systemErrorCode, writePrivateFile } from '../lib'
import { type BerthPaths, guestImageFiles } from '../host'
import type { GuestArch } from '../qemu'

/** A guest image that was checked against its manifest. */
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

const { manifest: manifestFile, kernel, unpackedKernel, initrd, root } = guestImageFiles
const fileNames = [kernel, unpackedKernel, initrd, root] as const
const fileSchema = z.object({
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export const manifestSchema = z.object({
  format: z.literal(manifestFormat),
  arch: z.enum(['x86_64', 'arm64']),
  recipe: z.string().regex(/^[0-9a-f]+$/),
  /** The newest format of a data disk that it understands (`dataFormat` in vm-assets/guest-constants.json). */
  dataFormat: z.number().int().positive().default(1),
  files: z.object({
    [kernel]: fileSchema,
    [unpackedKernel]: fileSchema.optional(),
    [initrd]: fileSchema,
    [root]: fileSchema,
  }),
})
export type GuestManifest = z.infer<typeof manifestSchema>

/** What says that a file is still the one whose checksum was right: hashing 500 MB each start would cost a second. */
const verifiedSchema = z.record(z.string(), z.string())

export type ReportProgress = (done: number, total: number) => void

/**
 * The folder of the image to boot: the one named by BERTH_GUEST_IMAGE, else the packaged one, else the newest
 * complete one in the cache. Undefined when there is none.
 */
export async function findGuestImage(paths: BerthPaths, arch: GuestArch): Promise<string | undefined> {
  if (paths.guestImage !== undefined) return paths.guestImage
  if (paths.resources !== undefined) {
    const packaged = join(paths.resources, 'guest')
    if ((await modifiedAt(join(packaged, manifestFile))) !== undefined) return packaged
  }
  let newest: { folder: string; at: number } | undefined
  for (const name of await folderNames(paths.guestCache)) {
    if (!name.startsWith(`${arch}-`)) continue
    const folder = join(paths.guestCache, name)
    const at = await modifiedAt(join(folder, manifestFile))
    if (at !== undefined && (newest === undefined || at > newest.at)) newest = { folder, at }
  }
  return newest?.folder
}

/**
 * Checks an image against its manifest: sizes always, checksums once for each state of a file (remembered in
 * `verifiedFile`). Rejects with machine.image-missing or machine.image-corrupt; `report` gets bytes hashed.
 */
export async function openGuestImage(
  folder: string,
  arch: GuestArch,
  verifiedFile: string,
  report: ReportProgress,
): Promise<GuestImage> {
  const manifest = await readManifest(folder, arch)
  const verified = await readVerified(verifiedFile)
  await checkFiles(folder, manifest, verified, report, () =>
    writePrivateFile(verifiedFile, JSON.stringify(verified)),
  )
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
 * Hashes every file of an image, whatever earlier checks have found: a damaged disk changes bytes without changing
 * a file's time. Rejects with machine.image-missing or machine.image-corrupt; `report` gets bytes hashed.
 */
export async function verifyGuestImage(
  folder: string,
  arch: GuestArch,
  report: ReportProgress = () => undefined,
): Promise<void> {
  await checkFiles(folder, await readManifest(folder, arch), {}, report, () => Promise.resolve())
}

/** `verified` holds the marks of the files whose checksum need not be worked out again; new ones are added. */
async function checkFiles(
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
    const state = await fileState(path)
    if (state?.size !== bytes) throw corrupt(folder, name)
    const mark = `${sha256} ${state.size} ${state.mtimeMs}`
    if (verified[path] !== mark) {
      const before = done
      const hash = await sha256Of(path, (hashed) => {
        report(before + hashed, total)
      })
      if (hash !== sha256) throw corrupt(folder, name)
      verified[path] = mark
      await onVerified()
    }
    done += bytes
  }
}

/** What an image says of itself. Rejects with machine.image-missing or machine.image-corrupt. */
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
    throw corrupt(folder, manifestFile, error)
  }
  throw corrupt(folder, manifestFile)
}

async function fileState(file: string): Promise<{ size: number; mtimeMs: number } | undefined> {
  try {
    return await stat(file)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
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

function corrupt(folder: string, file: string, cause?: unknown): BerthError {
  return new BerthError('machine.image-corrupt', { folder, file }, { cause })
}

async function readVerified(file: string): Promise<Record<string, string>> {
  try {
    return verifiedSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // Unreadable or not there: everything is hashed again.
    return {}
  }
}

async function folderNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}

async function modifiedAt(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs
  } catch {
    return undefined
  }
}
