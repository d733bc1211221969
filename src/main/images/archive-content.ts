import { promisify } from 'node:util'
import { constants, gunzip } from 'node:zlib'
import type { ArchiveContent } from '../../shared/images'
import type { SshLink } from '../ssh'

type Compression = 'gzip' | 'bzip2' | 'xz' | 'zstd'

/** The first bytes of a compressed file. */
const magics: [Compression, string][] = [
  ['gzip', '1f8b'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
  ['zstd', '28b52ffd'],
]

/** A tar archive consists of blocks of this many bytes. The header of an entry takes one block. */
const blockBytes = 512
/** How many unpacked bytes are enough to read the first names. */
const unpackedBytes = 65_536
/** The milliseconds that the machine may take to unpack the first bytes. */
const unpackMs = 20_000

/** The programs of the machine that unpack what Node cannot. */
const unpackers: Partial<Record<Compression, string>> = { bzip2: 'bzcat', xz: 'xzcat' }

/**
 * Finds out what a file contains, from its first bytes. The engine accepts the same compressions. Node 20 has no zstd,
 * and neither has the machine, so a file with zstd is an `archive` of unknown content.
 * @throws as `SshLink.exec`, if the file is compressed with bzip2 or xz
 */
export async function archiveContent(head: Buffer, link: Pick<SshLink, 'exec'>): Promise<ArchiveContent> {
  const compression = compressionOf(head)
  if (compression === undefined) return contentOf(head)
  const unpacked = await unpack(head, compression, link)
  // Without a whole block, there is no header to read. The file may still be an archive.
  if (unpacked === undefined || unpacked.length < blockBytes) return 'archive'
  return contentOf(unpacked)
}

function compressionOf(head: Buffer): Compression | undefined {
  const start = head.subarray(0, 6).toString('hex')
  return magics.find(([, magic]) => start.startsWith(magic))?.[0]
}

async function unpack(
  head: Buffer,
  compression: Compression,
  link: Pick<SshLink, 'exec'>,
): Promise<Buffer | undefined> {
  if (compression === 'gzip') {
    // The head is only the beginning of the file. Z_SYNC_FLUSH returns what can be unpacked until then.
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 100_000_000 }
    return promisify(gunzip)(head, options).catch(() => undefined)
  }
  const program = unpackers[compression]
  if (program === undefined) return undefined
  // base64, because the result of a command is text.
  const command = `${program} 2>/dev/null | head -c ${String(unpackedBytes)} | base64`
  const { stdout } = await link.exec(command, { input: head, signal: AbortSignal.timeout(unpackMs) })
  return Buffer.from(stdout, 'base64')
}

/** The content by the names of the first entries. */
function contentOf(bytes: Buffer): ArchiveContent {
  const names = [...entryNames(bytes)]
  if (names.length === 0) return 'other'
  return names.some(isOfSavedImage) ? 'images' : 'root'
}

/**
 * The entries that begin an archive of `docker save`, of any version. Newer engines write an OCI image layout, whose
 * first entry is `blobs/`. Older engines write a folder for each layer, named after the layer's id.
 */
function isOfSavedImage(name: string): boolean {
  return (
    /^(?:manifest\.json|repositories|oci-layout|index\.json)$/.test(name) ||
    /^blobs\/sha256\/[0-9a-f]{64}$/.test(name) ||
    /^[0-9a-f]{64}(?:\/|\.json$)/.test(name)
  )
}

/** The names of the entries whose headers are in the bytes. Stops at the first block that is no header. */
function* entryNames(bytes: Buffer): Generator<string, void> {
  for (let position = 0; position + blockBytes <= bytes.length;) {
    const header = bytes.subarray(position, position + blockBytes)
    if (!isHeader(header)) return
    const isUstar = header.toString('latin1', 257, 262) === 'ustar'
    const prefix = isUstar ? field(header, 345, 155) : ''
    const name = field(header, 0, 100)
    yield (prefix === '' ? name : `${prefix}/${name}`).replace(/^\.\//, '')
    const size = Number.parseInt(field(header, 124, 12).trim(), 8)
    if (Number.isNaN(size)) return
    position += blockBytes * (1 + Math.ceil(size / blockBytes))
  }
}

/** A header holds the sum of its own bytes, with spaces in place of the sum. */
function isHeader(header: Buffer): boolean {
  const recorded = Number.parseInt(field(header, 148, 8).trim(), 8)
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0)
  return recorded === sum
}

function field(header: Buffer, start: number, length: number): string {
  const text = header.toString('utf8', start, start + length)
  const end = text.indexOf('\0')
  return end === -1 ? text : text.slice(0, end)
}
