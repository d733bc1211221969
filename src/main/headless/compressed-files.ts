import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { StaticFile } from '../lib'

/** The encodings that Berth offers, in the order of preference. */
export const encodings = ['br', 'gzip'] as const
export type Encoding = (typeof encodings)[number]

/** Berth compresses no smaller files, because they fit into one packet anyway. */
const minimumBytes = 1024
/** A compromise between time and size. The next level takes twice the time to save one percent. */
const brotliQuality = 6
const compressible = /^(?:text\/|application\/(?:javascript|json|wasm)|image\/svg)/

/** Compresses the files of the bundle. Files that never change are compressed only once. */
export class CompressedFiles {
  readonly #files = new Map<string, Promise<Buffer>>()

  /**
   * Returns the file in an encoding that the browser accepts. Returns undefined if the file should be sent
   * uncompressed.
   */
  async find(
    file: StaticFile,
    acceptEncoding: string | undefined,
  ): Promise<{ encoding: Encoding; bytes: Buffer } | undefined> {
    const encoding = acceptedEncoding(acceptEncoding)
    if (encoding === undefined || file.bytes < minimumBytes || !compressible.test(file.contentType))
      return undefined
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

/** Returns the first of Berth's encodings that an `Accept-Encoding` header accepts (RFC 9110, 12.5.3). */
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
