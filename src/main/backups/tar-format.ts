import { BerthError } from '../../shared/errors'

export const blockBytes = 512
/** The most bytes of a long name or of the extended attributes of one entry. */
const longestHeader = 1 << 20

export type TarType = 'file' | 'hard-link' | 'link' | 'character' | 'block' | 'folder' | 'pipe'

/** What a tar archive says about a file. Names are bytes, as a string of latin1. */
export interface TarHeader {
  path: string
  type: TarType
  /** The target of a link. */
  link: string
  mode: number
  user: number
  group: number
  /** The length of the content in bytes. */
  size: number
  /** Seconds since the epoch. */
  changedAt: number
  device: { major: number; minor: number }
}

export interface TarEntry extends TarHeader {
  /** The content of the file, in order. The caller need not read it. */
  content: AsyncGenerator<Buffer, void>
}

const types = new Map<string, TarType>([
  ['\0', 'file'],
  ['0', 'file'],
  // A contiguous file.
  ['7', 'file'],
  ['1', 'hard-link'],
  ['2', 'link'],
  ['3', 'character'],
  ['4', 'block'],
  ['5', 'folder'],
  ['6', 'pipe'],
])
const letters = new Map<TarType, string>([...types].map(([letter, type]) => [type, letter]))
letters.set('file', '0')

const damaged = (detail: string) => new BerthError('backup.damaged', {}, { detail })

/** Reads a stream in pieces of the wanted length. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Returns 1 to `limit` bytes, or undefined at the end of the stream. */
  async some(limit: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next()
      if (next.done === true) return undefined
      this.#rest = next.value
    }
    const part = this.#rest.subarray(0, limit)
    this.#rest = this.#rest.subarray(part.length)
    return part
  }

  /**
   * Returns `length` bytes, or undefined if the stream has ended before the first of them.
   * @throws BerthError backup.damaged if the stream ends between them
   */
  async exactly(length: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = []
    let missing = length
    while (missing > 0) {
      const part = await this.some(missing)
      if (part === undefined && missing === length) return undefined
      if (part === undefined) throw damaged('the archive ends in the middle of an entry')
      parts.push(part)
      missing -= part.length
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts)
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }
}

/**
 * Reads a tar archive of any of the formats ustar, GNU and pax. Unlike tar-stream, it keeps names that are not UTF-8,
 * and fails if the end of the archive is missing.
 * @throws BerthError backup.not-an-archive, backup.damaged, backup.unsupported-entry; the error of the source
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry, void> {
  const reader = new ByteReader(source)
  let longPath: string | undefined
  let longLink: string | undefined
  let pax = new Map<string, string>()
  let isFirst = true
  try {
    for (;;) {
      const block = await reader.exactly(blockBytes).catch((error: unknown) => {
        throw isFirst && isDamage(error) ? new BerthError('backup.not-an-archive') : error
      })
      if (block === undefined) throw isFirst ? new BerthError('backup.not-an-archive') : damaged('no end')
      if (isZero(block)) break
      if (!hasChecksum(block))
        throw isFirst ? new BerthError('backup.not-an-archive') : damaged('a header has a wrong checksum')
      isFirst = false
      const letter = block.toString('latin1', 156, 157)
      const size = number(block, 124, 12)
      if (['L', 'K', 'x', 'X', 'g'].includes(letter)) {
        const text = await longHeader(reader, size)
        if (letter === 'L') longPath = untilNul(text)
        else if (letter === 'K') longLink = untilNul(text)
        else if (letter !== 'g') pax = paxRecords(text)
        continue
      }
      const header = toHeader(block, { letter, size, longPath, longLink, pax })
      longPath = longLink = undefined
      pax = new Map()
      const content = contentOf(reader, header.size)
      yield { ...header, content }
      while ((await content.next()).done !== true);
      await skipPadding(reader, header.size)
    }
    // The end of a compressed file has a checksum, which is verified only if the file is read to its end.
    while ((await reader.some(1 << 20)) !== undefined);
  } finally {
    await reader.close()
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof BerthError && error.code === 'backup.damaged'
}

async function* contentOf(reader: ByteReader, size: number): AsyncGenerator<Buffer, void> {
  for (let missing = size; missing > 0;) {
    const part = await reader.some(missing)
    if (part === undefined) throw damaged('the archive ends in the middle of a file')
    missing -= part.length
    yield part
  }
}

async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const padding = paddingOf(size)
  if (padding > 0 && (await reader.exactly(padding)) === undefined)
    throw damaged('the archive ends in a file')
}

async function longHeader(reader: ByteReader, size: number): Promise<string> {
  if (size > longestHeader) throw damaged('a name is too long')
  const bytes = await reader.exactly(size + paddingOf(size))
  if (bytes === undefined) throw damaged('the archive ends in a name')
  return bytes.toString('latin1', 0, size)
}

interface Extensions {
  letter: string
  size: number
  longPath: string | undefined
  longLink: string | undefined
  pax: ReadonlyMap<string, string>
}

function toHeader(block: Buffer, { letter, size, longPath, longLink, pax }: Extensions): TarHeader {
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isUstar ? text(block, 345, 155) : ''
  const shortPath = prefix === '' ? text(block, 0, 100) : `${prefix}/${text(block, 0, 100)}`
  const path = pax.get('path') ?? longPath ?? shortPath
  const link = pax.get('linkpath') ?? longLink ?? text(block, 157, 100)
  // Programs disagree on where such a name ends, and NUL separates the names that Berth sends to the machine.
  if (path.includes('\0') || link.includes('\0')) throw damaged('a name has a NUL')
  const type = types.get(letter)
  if (type === undefined || [...pax.keys()].some((key) => key.startsWith('GNU.sparse.')))
    throw new BerthError('backup.unsupported-entry', { path: shownPath(path) }, { detail: `type ${letter}` })
  const isFolder = type === 'file' && path.endsWith('/')
  return {
    path,
    type: isFolder ? 'folder' : type,
    link,
    mode: number(block, 100, 8) & 0o7777,
    user: paxNumber(pax, 'uid') ?? number(block, 108, 8),
    group: paxNumber(pax, 'gid') ?? number(block, 116, 8),
    // Some programs write the size of the target into the header of a link, which has no content.
    size: type === 'file' ? (paxNumber(pax, 'size') ?? size) : 0,
    changedAt: paxNumber(pax, 'mtime') ?? number(block, 136, 12),
    device: { major: number(block, 329, 8), minor: number(block, 337, 8) },
  }
}

/** The path of an entry as a text. Bytes that are not UTF-8 become U+FFFD. */
export function shownPath(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8')
}

function text(block: Buffer, start: number, length: number): string {
  return untilNul(block.toString('latin1', start, start + length))
}

function untilNul(value: string): string {
  const end = value.indexOf('\0')
  return end === -1 ? value : value.slice(0, end)
}

/** Octal digits, or a big-endian number after a byte 0x80. */
function number(block: Buffer, start: number, length: number): number {
  if (block[start] === 0x80) {
    let value = 0
    for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte
    if (!Number.isSafeInteger(value)) throw damaged('a number is too large')
    return value
  }
  // 0xFF begins a negative number, such as a time before 1970.
  if (block[start] === 0xff) return 0
  const digits = text(block, start, length).trim()
  if (!/^[0-7]*$/.test(digits)) throw damaged('a number is not octal')
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function paxNumber(pax: ReadonlyMap<string, string>, key: string): number | undefined {
  const value = pax.get(key)
  if (value === undefined) return undefined
  const parsed = Math.max(0, Math.floor(Number(value)))
  if (!Number.isSafeInteger(parsed)) throw damaged(`the attribute ${key} is not a number`)
  return parsed
}

/** Parses records of the form `LENGTH KEY=VALUE` with a line break. The length counts the bytes of the whole record. */
function paxRecords(records: string): Map<string, string> {
  const found = new Map<string, string>()
  for (let start = 0; start < records.length;) {
    const digits = /^\d+(?= )/.exec(records.slice(start, start + 20))?.[0]
    const end = start + Number(digits)
    const equals = records.indexOf('=', start)
    if (digits === undefined || records[end - 1] !== '\n' || equals === -1 || equals >= end)
      throw damaged('an extended attribute is not valid')
    found.set(records.slice(start + digits.length + 1, equals), records.slice(equals + 1, end - 1))
    start = end
  }
  return found
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0)
}

function checksum(block: Buffer): number {
  let sum = 0
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 32 : byte
  return sum
}

function hasChecksum(block: Buffer): boolean {
  const digits = text(block, 148, 8).trim()
  return /^[0-7]+$/.test(digits) && Number.parseInt(digits, 8) === checksum(block)
}

function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes
}

/** The bytes after a file's content of this length. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc(paddingOf(size))
}

/** The end of an archive. */
export const tarEnd = Buffer.alloc(2 * blockBytes)

/** The header of an entry in GNU's format, which busybox reads too. */
export function tarHeader(header: TarHeader): Buffer {
  return Buffer.concat([
    ...longName(header.link, 'K'),
    ...longName(header.path, 'L'),
    headerBlock(header, letters.get(header.type) ?? '0'),
  ])
}

/** A name of more than 100 bytes is the content of an entry before its entry. */
function longName(name: string, letter: string): Buffer[] {
  if (name.length <= 100) return []
  const content = Buffer.from(`${name}\0`, 'latin1')
  const header: TarHeader = {
    path: '././@LongLink',
    type: 'file',
    link: '',
    mode: 0,
    user: 0,
    group: 0,
    size: content.length,
    changedAt: 0,
    device: { major: 0, minor: 0 },
  }
  return [headerBlock(header, letter), content, tarPadding(content.length)]
}

function headerBlock(header: TarHeader, letter: string): Buffer {
  const block = Buffer.alloc(blockBytes)
  block.write(header.path.slice(0, 100), 0, 'latin1')
  block.write(header.link.slice(0, 100), 157, 'latin1')
  writeNumber(block, 100, 8, header.mode)
  writeNumber(block, 108, 8, header.user)
  writeNumber(block, 116, 8, header.group)
  writeNumber(block, 124, 12, header.size)
  writeNumber(block, 136, 12, header.changedAt)
  block.write(letter, 156, 'latin1')
  block.write('ustar  \0', 257, 'latin1')
  if (header.type === 'character' || header.type === 'block') {
    writeNumber(block, 329, 8, header.device.major)
    writeNumber(block, 337, 8, header.device.minor)
  }
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

function writeNumber(block: Buffer, start: number, length: number, value: number): void {
  const digits = value.toString(8)
  if (digits.length < length) {
    block.write(`${digits.padStart(length - 1, '0')}\0`, start, 'latin1')
    return
  }
  block[start] = 0x80
  for (let index = start + length - 1, rest = value; index > start; index -= 1) {
    block[index] = rest % 256
    rest = Math.floor(rest / 256)
  }
}
