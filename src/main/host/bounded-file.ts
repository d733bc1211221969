import { open, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { ensurePrivateFolder, folderNames, type Sequencer, sequencer, unlessAbsent } from '../lib'

export interface BoundedFileOptions {
  /** The folder is created at the first write. */
  folder: string
  /** The file's name. Each segment is a file `NAME.POSITION`. */
  name: string
  /** The most bytes that the file keeps. The oldest bytes are deleted first, a quarter of the limit at a time. */
  limit: number
}

interface Segment {
  /** The position of the segment's first byte. */
  start: number
  bytes: number
}

/** A part of a bounded file. */
export interface FilePart {
  /** The position of the first byte of `bytes`. It is after the requested position if those bytes were deleted. */
  start: number
  bytes: Buffer
}

/**
 * A file that only grows at its end, and that forgets its oldest bytes. A position counts bytes since the first byte
 * that was ever written, so it stays valid when older bytes are deleted, and after Berth has started again.
 *
 * The file is a series of segments. A write is never split between two segments, and a full segment is never changed.
 * So a crash can damage only the end of the last write.
 */
export class BoundedFile {
  readonly #options: BoundedFileOptions
  readonly #segments: Segment[]
  readonly #inOrder: Sequencer = sequencer()
  #handle: FileHandle | undefined
  #pending: Buffer[] = []
  #writing: Promise<void> | undefined

  private constructor(options: BoundedFileOptions, segments: Segment[]) {
    this.#options = options
    this.#segments = segments
  }

  /** A file that does not exist yet. */
  static create(options: BoundedFileOptions): BoundedFile {
    return new BoundedFile(options, [])
  }

  /** Finds the segments of earlier writes. Writes nothing. */
  static async open(options: BoundedFileOptions): Promise<BoundedFile> {
    const found: Segment[] = []
    for (const file of await folderNames(options.folder)) {
      const start = segmentStart(file, options.name)
      if (start === undefined) continue
      const { size } = await stat(join(options.folder, file))
      found.push({ start, bytes: size })
    }
    found.sort((a, b) => a.start - b.start)
    // A segment may be missing after a crash. Then the file begins after the gap.
    const afterGap = found.findLastIndex(({ start, bytes }, index) => {
      const next = found[index + 1]
      return next !== undefined && start + bytes !== next.start
    })
    return new BoundedFile(options, found.slice(afterGap + 1))
  }

  /** The names of all bounded files in a folder. */
  static async names(folder: string): Promise<Set<string>> {
    return new Set((await folderNames(folder)).map((file) => file.replace(/\.\d+$/, '')))
  }

  /** The position of the first byte still kept. */
  get start(): number {
    return this.#segments[0]?.start ?? 0
  }

  /** The position after the last byte. */
  get end(): number {
    const last = this.#segments.at(-1)
    return last === undefined ? 0 : last.start + last.bytes
  }

  /**
   * Appends bytes. Resolves when they are written. A producer of many bytes has to wait for this.
   * @throws BerthError host.no-space, host.folder-unwritable; the system's error
   */
  append(bytes: Buffer | string): Promise<void> {
    this.#pending.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
    // One write takes all bytes that have gathered during the write before it.
    this.#writing ??= this.#inOrder(async () => {
      this.#writing = undefined
      const all = Buffer.concat(this.#pending)
      this.#pending = []
      await this.#write(all)
    })
    return this.#writing
  }

  /** Reads at most `most` bytes from a position. Reads nothing after {@link end}. */
  read(from: number, most: number): Promise<FilePart> {
    return this.#inOrder(async () => {
      const start = Math.min(Math.max(from, this.start), this.end)
      const parts: Buffer[] = []
      let position = start
      for (const segment of this.#segments) {
        const length = Math.min(segment.start + segment.bytes - position, start + most - position)
        if (position < segment.start || length <= 0) continue
        const part = await readAt(this.#path(segment), position - segment.start, length)
        parts.push(part)
        position += part.length
        if (part.length < length) break
      }
      return { start, bytes: Buffer.concat(parts) }
    })
  }

  /** Closes the file after the writes before. A later write opens it again. */
  close(): Promise<void> {
    return this.#inOrder(() => this.#closeHandle())
  }

  /** Deletes the whole file. */
  remove(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#closeHandle()
      for (const segment of this.#segments.splice(0)) await rm(this.#path(segment), { force: true })
    })
  }

  async #write(bytes: Buffer): Promise<void> {
    const most = this.#options.limit / 4
    let last = this.#segments.at(-1)
    if (last === undefined || (last.bytes > 0 && last.bytes + bytes.length > most)) {
      await this.#closeHandle()
      last = { start: this.end, bytes: 0 }
      this.#segments.push(last)
    }
    try {
      if (this.#handle === undefined) {
        await ensurePrivateFolder(this.#options.folder)
        this.#handle = await open(this.#path(last), 'a', 0o600)
      }
      await this.#handle.writeFile(bytes)
      last.bytes += bytes.length
    } catch (error) {
      await this.#closeHandle()
      last.bytes = (await unlessAbsent(stat(this.#path(last))))?.size ?? 0
      throw error
    }
    while (this.#segments.length > 1 && this.end - this.start > this.#options.limit) await this.#dropOldest()
  }

  async #dropOldest(): Promise<void> {
    const oldest = this.#segments.shift()
    if (oldest !== undefined) await rm(this.#path(oldest), { force: true })
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  #path({ start }: Segment): string {
    return join(this.#options.folder, `${this.#options.name}.${String(start)}`)
  }
}

/** The position in the name of a segment. Undefined for any other file. */
function segmentStart(file: string, name: string): number | undefined {
  const digits = file.startsWith(`${name}.`) ? file.slice(name.length + 1) : ''
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
}

async function readAt(path: string, position: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
