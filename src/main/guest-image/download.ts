import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { guestImageFiles } from '../host'
import { isNoSpace, message, releaseFile, unwritable } from '../lib'
import type { GuestArch } from '../qemu'
import { guestImageFolder, markAsKept } from './cache'
import { manifestSchema, type GuestManifest } from './manifest'
import type { ReportProgress } from './verification'

/**
 * The address of the project's newest release. It holds `guest-<arch>-manifest.json`, and each file of the guest image
 * as `guest-<arch>-<file>.br`, compressed with Brotli.
 */
export const guestReleaseUrl = 'https://github.com/berth-app/berth/releases/latest/download'

/**
 * The address from which this host downloads its guest image. BERTH_GUEST_URL overrides it. Undefined on Linux, where
 * users build the image.
 */
export function releaseUrl(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string | undefined {
  return env.BERTH_GUEST_URL ?? (platform === 'linux' ? undefined : guestReleaseUrl)
}

/**
 * Bytes of one unpacked piece. Each piece is a job for a thread. The default of 16 KiB makes thousands of jobs, which
 * is slow on a busy host.
 */
const pieceBytes = 1 << 20
const temporaryPrefix = guestImageFiles.downloading
const abandonedAfterMs = 24 * 3600 * 1000

export interface GuestDownload {
  arch: GuestArch
  /** The image cache. The downloaded image becomes a folder in it. */
  cache: string
  baseUrl: string
  signal: AbortSignal
  report: ReportProgress
}

/**
 * Downloads a guest image and returns its folder. Each file is unpacked and verified against the manifest while it
 * arrives. The folder appears only when all files are valid.
 * @throws BerthError machine.image-download, host.no-space; the signal's reason; the system's error, for example if the
 * cache cannot be created
 */
export async function downloadGuestImage(download: GuestDownload): Promise<string> {
  const { arch, cache, signal } = download
  const temporary = join(cache, `${temporaryPrefix}${randomBytes(6).toString('hex')}`)
  try {
    const manifestUrl = fileUrl(download, guestImageFiles.manifest)
    const manifest = parseManifest(await getText(manifestUrl, signal), manifestUrl)
    await removeAbandoned(cache)
    await mkdir(temporary, { recursive: true })
    await downloadFiles(download, manifest, temporary)
    await writeFile(join(temporary, guestImageFiles.manifest), JSON.stringify(manifest))
    await markAsKept(temporary)
    const folder = guestImageFolder(cache, arch, manifest.recipe)
    // If a folder of that name exists, it may hold an incomplete or damaged image.
    await rm(folder, { recursive: true, force: true })
    await rename(temporary, folder)
    return folder
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function downloadFiles(
  download: GuestDownload,
  manifest: GuestManifest,
  folder: string,
): Promise<void> {
  const files = Object.entries(manifest.files).flatMap(([name, file]) => (file ? [{ name, ...file }] : []))
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  for (const { name, bytes, sha256 } of files) {
    const url = fileUrl(download, `${name}${releaseFile.compressedSuffix}`)
    const response = await get(url, download.signal)
    if (!response.body) throw failed(url, phrases['download-empty'])
    const hash = createHash('sha256')
    const end = done + bytes
    try {
      await pipeline(
        Readable.fromWeb(response.body),
        createBrotliDecompress({ chunkSize: pieceBytes }),
        async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hash.update(chunk)
            done += chunk.length
            // These bytes are not the image, and the stream might never end.
            if (done > end) throw new Error('it is larger than it should be')
            download.report(done, total)
            yield chunk
          }
        },
        createWriteStream(join(folder, name)),
        { signal: download.signal },
      )
    } catch (error) {
      download.signal.throwIfAborted()
      if (isNoSpace(error)) throw unwritable(download.cache, error)
      throw failed(url, message(error), error)
    }
    if (hash.digest('hex') !== sha256) throw failed(url, phrases['download-checksum'])
  }
}

/** Removes old downloads of apps that have ended. A younger download may belong to another app that uses this cache. */
async function removeAbandoned(cache: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  for (const name of await readdir(cache)) {
    if (!name.startsWith(temporaryPrefix)) continue
    const folder = join(cache, name)
    const { mtimeMs } = await stat(folder)
    if (Date.now() - mtimeMs > abandonedAfterMs) await rm(folder, { recursive: true, force: true })
  }
}

async function getText(url: string, signal: AbortSignal): Promise<string> {
  const response = await get(url, signal)
  return response.text().catch((error: unknown) => {
    throw interrupted(url, signal, error)
  })
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (error) {
    throw interrupted(url, signal, error)
  }
  if (response.status === 404) throw failed(url, phrases['download-missing'])
  if (!response.ok) throw failed(url, `the server answered ${response.status}`)
  return response
}

/** @throws the signal's reason */
function interrupted(url: string, signal: AbortSignal, error: unknown): BerthError {
  signal.throwIfAborted()
  // The message of fetch's error is only "fetch failed". The reason is in the error's cause.
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return failed(url, message(reason), error)
}

function parseManifest(text: string, url: string): GuestManifest {
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (error) {
    throw failed(url, phrases['download-manifest'], error)
  }
}

function fileUrl({ baseUrl, arch }: GuestDownload, name: string): string {
  return `${baseUrl}/${releaseFile.prefix}-${arch}-${name}`
}

function failed(url: string, reason: string, cause?: unknown): BerthError {
  return new BerthError('machine.image-download', { url, reason }, { cause })
}
