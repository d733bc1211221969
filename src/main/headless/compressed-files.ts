import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { StaticFile } from '../lib'

/** In the order of preference. */
export const encodings = ['br', 'gzip'] as const
export type Encoding = (typeof encodings)[number]

/** Bytes. A smaller file fits into one packet anyway. */
const least = 1024
/** A typical trade between time and size: a level more takes twice the time for one percent. */
const brotliQuality = 6
const compressible = /^(?:text\/|application\/(?:javascript|json|wasm)|image\/svg)/

/** Compresses the files of the bundle. Those that never change are compressed once. */
export class CompressedFiles {
  readonly #files = new Map<string, Promise<Buffer>>()

  /** The file in an encoding that the browser accepts. Undefined if the file is best sent as it is. */
  async find(
    file: StaticFile,
    acceptEncoding: string | undefined,
  ): Promise<{ encoding: Encoding; bytes: Buffer } | undefined> {
    const encoding = acceptedEncoding(acceptEncoding)
    if (encoding === undefined || file.bytes < least || !compressible.test(file.contentType)) return undefined
    // A new build may replace the page while Berth runs.
    if (!file.immutable) return { encoding, bytes: await compress(file.path, encoding) }
    const key = `${encoding} ${file.path}`
    let compressed = this.#files.get(key)
    if (compressed === undefined) {
      compressed = compress(file.path, encoding)
      this.#files.set(key, compressed)
      compressed.catch(() => this.#files.delete(key))
    }
    return { encoding, bytes: await compressed }
  }
}

/** The best of our encodings in an `Accept-Encoding` header (RFC 9110, 12.5.3). */
export function acceptedEncoding(header = ''): Encoding | undefined {
  const accepted = header.split(',').flatMap((part) => {
    const [name = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    return parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) ? [] : [name]
  })
  return encodings.find((encoding) => accepted.includes(encoding))
}

async function compress(path: string, encoding: Encoding): Promise<Buffer> {
  const bytes = await readFile(path)
  if (encoding === 'gzip') return promisify(gzip)(bytes)
  return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } })
}
