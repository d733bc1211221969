import { randomBytes, randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { z } from 'zod'
import { type Backup, backupSchema } from '../../shared/backups'
import { BerthError } from '../../shared/errors'
import type { Logger } from '../host'
import {
  enoughSpace,
  ensurePrivateFolder,
  exists,
  folderNames,
  freeBytes,
  JsonFile,
  jsonReason,
  message,
  noSpaceError,
  syncFolder,
  systemErrorCode,
  unwritable,
} from '../lib'
import { ByteCounter } from './byte-counter'

/** Berth looks at the free space each time it has written this many bytes. */
const spaceCheckBytes = 64 << 20

const extension = '.tar.gz'
const unfinished = '.partial'

const noteSchema = z.object({ version: z.literal(1), backup: backupSchema })

interface KeptBackup {
  backup: Backup
  /** The path of the archive. */
  file: string
  note: JsonFile<z.infer<typeof noteSchema>>
}

export type NewBackup = Pick<Backup, 'volume' | 'driver' | 'labels' | 'scheduled'>

/**
 * The backups in Berth's home folder. A backup is an archive, and a note beside the archive. The archive has its name
 * only when it is complete. Emits `change` when the list has changed.
 */
export class BackupStore extends EventEmitter<{ change: [] }> {
  readonly folder: string
  readonly #log: Logger
  readonly #backups = new Map<string, KeptBackup>()
  /** Resolves when the backups of earlier runs of Berth are in the list. */
  readonly #read: Promise<void>

  constructor({ folder, log }: { folder: string; log: Logger }) {
    super()
    this.folder = folder
    this.#log = log
    this.#read = this.#readAll().catch((error: unknown) => {
      log.warn({ reason: message(error) }, 'could not read the folder of the backups')
    })
  }

  /** All backups, the newest first. */
  list(): Backup[] {
    return [...this.#backups.values()]
      .map(({ backup }) => backup)
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
  }

  /**
   * Opens the file of a backup.
   * @throws BerthError backup.not-found
   */
  async open(id: string): Promise<{ backup: Backup; name: string; stream: Readable }> {
    const { backup, file } = await this.#get(id)
    const stream = createReadStream(file)
    await new Promise<void>((resolve, reject) => {
      stream.once('open', () => {
        resolve()
      })
      stream.once('error', (error) => {
        const isGone = systemErrorCode(error) === 'ENOENT'
        reject(isGone ? new BerthError('backup.not-found') : unwritable(this.folder, error))
      })
    })
    return { backup, name: backupFileName(backup), stream }
  }

  /**
   * Compresses an archive into a new file. If that fails or is aborted, nothing is left.
   * @throws BerthError host.no-space, host.folder-unwritable; the error of the archive; the signal's reason
   */
  async add(
    facts: NewBackup,
    archive: AsyncIterable<Buffer>,
    { progress, signal }: { progress: (contentBytes: number) => void; signal: AbortSignal },
  ): Promise<Backup> {
    await this.#read
    const createdAt = Date.now()
    const folder = join(this.folder, folderName(facts.volume))
    await ensurePrivateFolder(folder)
    const stem = join(folder, `${timeStamp(createdAt)}-${randomBytes(4).toString('hex')}`)
    const file = `${stem}${extension}`
    const note = noteFile(stem)
    try {
      await checkSpace(folder)
      const content = new ByteCounter({ report: progress })
      const written = new ByteCounter({ every: spaceCheckBytes, check: () => checkSpace(folder) })
      const output = createWriteStream(`${file}${unfinished}`, { flags: 'wx', mode: 0o600, flush: true })
      await pipeline(archive, content, createGzip(), written, output, { signal })
      const sizes = { bytes: written.bytes, contentBytes: content.bytes }
      const backup: Backup = { ...facts, ...sizes, id: randomUUID(), createdAt }
      await note.write({ version: 1, backup })
      signal.throwIfAborted()
      await rename(`${file}${unfinished}`, file)
      await syncFolder(folder)
      this.#backups.set(backup.id, { backup, file, note })
      this.emit('change')
      return backup
    } catch (error) {
      for (const name of [`${file}${unfinished}`, file])
        await rm(name, { force: true }).catch(() => undefined)
      await note.remove().catch(() => undefined)
      await rmdir(folder).catch(() => undefined)
      signal.throwIfAborted()
      throw isFileError(error) ? unwritable(folder, error) : error
    }
  }

  /** @throws BerthError backup.not-found, host.folder-unwritable */
  async remove(id: string): Promise<void> {
    const { backup, file, note } = await this.#get(id)
    const folder = join(this.folder, folderName(backup.volume))
    try {
      // Without its note, an archive is not listed. So the archive goes first.
      await rm(file, { force: true })
      await note.remove()
    } catch (error) {
      throw unwritable(folder, error)
    }
    // Fails if there are other backups.
    await rmdir(folder).catch(() => undefined)
    this.#backups.delete(id)
    this.emit('change')
  }

  /** @throws BerthError backup.not-found */
  async find(id: string): Promise<Backup> {
    return (await this.#get(id)).backup
  }

  async #get(id: string): Promise<KeptBackup> {
    await this.#read
    const kept = this.#backups.get(id)
    if (kept === undefined) throw new BerthError('backup.not-found')
    return kept
  }

  async #readAll(): Promise<void> {
    for (const volume of await folderNames(this.folder)) {
      const folder = join(this.folder, volume)
      for (const name of await folderNames(folder).catch(() => []))
        await this.#readFile(folder, name).catch((error: unknown) => {
          this.#log.warn({ file: name, reason: jsonReason(error) }, 'could not read the note of a backup')
        })
    }
    this.emit('change')
  }

  /** Adds the backup of a note. Removes a file that a crash has left. */
  async #readFile(folder: string, name: string): Promise<void> {
    if (name.endsWith(`${extension}${unfinished}`)) await rm(join(folder, name))
    if (!name.endsWith('.json')) return
    const stem = join(folder, name.slice(0, -'.json'.length))
    const file = `${stem}${extension}`
    const note = noteFile(stem)
    const backup = (await note.read())?.backup
    if (backup === undefined) return
    if (await exists(file)) this.#backups.set(backup.id, { backup, file, note })
    else await note.remove()
  }
}

function noteFile(stem: string): JsonFile<z.infer<typeof noteSchema>> {
  return new JsonFile({ path: `${stem}.json`, schema: noteSchema })
}

/** The proposed name of a backup's file. */
export function backupFileName({ volume, createdAt }: Pick<Backup, 'volume' | 'createdAt'>): string {
  return `${volume.slice(0, 100)}-${timeStamp(createdAt)}${extension}`
}

/** The local time in a form that sorts, such as `20261128-155930`. */
function timeStamp(time: number): string {
  const date = new Date(time)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${String(date.getFullYear())}${two(date.getMonth() + 1)}${two(date.getDate())}`
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`
}

/** The folder of a volume's backups. Windows has names that no file may have, and drops a dot at the end. */
function folderName(volume: string): string {
  const isReserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(volume) || volume.endsWith('.')
  return isReserved ? `${volume}_` : volume
}

/** @throws BerthError host.no-space */
async function checkSpace(folder: string): Promise<void> {
  const free = await freeBytes(folder)
  // The rest is for the data disk of the machine, which grows on the same file system.
  if (free < enoughSpace) throw noSpaceError(folder, { free, needed: enoughSpace })
}

/** True if this computer's file system has refused a write. */
function isFileError(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO'].includes(systemErrorCode(error) ?? '')
}
