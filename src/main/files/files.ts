import { once } from 'node:events'
import { pipeline, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  folderLimit,
  type FileContent,
  type FileStamp,
  type FileTarget,
  type FolderPart,
} from '../../shared/files'
import { contentLimit, pictureType, toContent } from './file-content'
import { fileError, goneReason, GuestRefusal, type FileSubject } from './file-errors'
import { findRoot, type FileLocations, type FileRoot } from './file-roots'
import {
  completeArchive,
  completeFile,
  lineBatches,
  openGuest,
  parseEntry,
  parseStamp,
  runGuest,
  type FilesLink,
  type GuestCommand,
} from './guest-program'

export interface FilesOptions {
  link: FilesLink
  engine: FileLocations
}

export interface UploadRequest extends FileSubject {
  bytes: number
  /** Whether an existing file may be replaced. Its owner and mode stay. */
  replace: boolean
  /** Whether to create missing folders. */
  parents: boolean
  /** If the file no longer has this stamp, the upload fails. */
  unchanged?: FileStamp | undefined
}

/** A file that is being downloaded. */
export interface FileDownload {
  stream: Readable
  /** The length of the file. Undefined for an archive. */
  bytes: number | undefined
}

/** The most characters of paths in one command. The kernel's limit for an argument of the shell is 131,072. */
const pathLengthPerCommand = 60_000
/** The program in the machine takes 1024 paths (MAX_PATHS in `vm-assets/agent/files/files.h`). */
const pathsPerCommand = 1000

/**
 * The files of containers and volumes. A program in the machine reads and changes them: see decision 071. All paths are
 * encoded. Every method also throws BerthError container.not-found, volume.not-found, files.container-busy,
 * files.stopped-unsupported, files.volume-unsupported, files.volume-not-mounted, files.not-found, files.not-a-folder,
 * files.link-refused, files.mount-missing, files.not-allowed, files.failed, machine.connection-lost and
 * machine.not-running.
 */
export class Files {
  readonly #options: FilesOptions

  constructor(options: FilesOptions) {
    this.#options = options
  }

  /** Lists a folder, in parts. Stops after {@link folderLimit} names. */
  async *list(subject: FileSubject, signal: AbortSignal): AsyncGenerator<FolderPart, void> {
    const { answer, stream } = await this.#with(subject, ({ args }) =>
      openGuest(
        this.#options.link,
        { verb: 'list', args: [...args, `path=${subject.path}`, `limit=${folderLimit}`] },
        signal,
      ),
    )
    const readOnly = answer === 'ro'
    let end: string | undefined
    for await (const lines of lineBatches(stream)) {
      end = lines.find((line) => line.startsWith('end '))
      const entries = lines.filter((line) => line !== end).map(parseEntry)
      yield { entries, readOnly, truncated: end === 'end more' }
    }
    if (end === undefined) throw fileError(new GuestRefusal('error failed cut'), subject)
  }

  /**
   * Yields when the watch has begun, and after each change in a folder, until the folder is gone. For a container that
   * does not run, waits for the signal: only Berth changes these files.
   */
  async *watch(subject: FileSubject, signal: AbortSignal): AsyncGenerator<{ changed: true }, void> {
    const opened = await this.#with(subject, async ({ args, isStopped }) =>
      isStopped
        ? undefined
        : openGuest(this.#options.link, { verb: 'watch', args: [...args, `path=${subject.path}`] }, signal),
    )
    yield { changed: true }
    if (opened === undefined) {
      if (!signal.aborted) await once(signal, 'abort')
      return
    }
    try {
      for await (const lines of lineBatches(opened.stream)) if (lines.length > 0) yield { changed: true }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Reads a text or a picture. `asText` reads a picture in a text format, such as SVG, as text. */
  async read(subject: FileSubject, { asText }: { asText: boolean }): Promise<FileContent> {
    const mediaType = asText ? undefined : pictureType(subject.path)
    const limit = contentLimit(mediaType)
    return this.#with(subject, async (root) => {
      try {
        const { stamp, stream } = await this.#openFile(root, subject.path, limit)
        return toContent(await buffer(stream), stamp, mediaType)
      } catch (error) {
        if (error instanceof GuestRefusal && error.reason === 'too-large') return { kind: 'too-large', limit }
        throw error
      }
    })
  }

  /**
   * Opens a file for a download, or a folder as a tar archive whose only folder is `name` (encoded). The stream fails
   * if the file or archive is cut off.
   */
  async download(
    subject: FileSubject,
    { folder, name, signal }: { folder: boolean; name: string; signal: AbortSignal },
  ): Promise<FileDownload> {
    if (!folder) {
      const { stamp, stream } = await this.#with(subject, (root) =>
        this.#openFile(root, subject.path, 0, signal),
      )
      return { stream, bytes: stamp.size }
    }
    const { stream } = await this.#with(subject, ({ args }) =>
      openGuest(
        this.#options.link,
        { verb: 'tar', args: [...args, `path=${subject.path}`, `name=${name}`] },
        signal,
      ),
    )
    return { stream: pipeline(stream, completeArchive(), ignore), bytes: undefined }
  }

  /**
   * Receives a file. The file appears, or replaces the old file, when all bytes have arrived.
   * @throws BerthError files.exists, files.is-a-folder, files.not-a-file, files.read-only, files.changed, disk.full,
   * upload.incomplete
   */
  async upload(request: UploadRequest, content: Readable): Promise<void> {
    const { path, bytes, replace, parents, unchanged } = request
    const aborted = new AbortController()
    content.once('error', (error) => {
      aborted.abort(error)
    })
    const options = [
      `path=${path}`,
      `bytes=${bytes}`,
      ...(replace ? ['replace=1'] : []),
      ...(parents ? ['parents=1'] : []),
      ...(unchanged === undefined ? [] : [`size=${unchanged.size}`, `mtime=${unchanged.changedAt}`]),
    ]
    // There is no second attempt, because the first may have read some of the content.
    try {
      const { args } = await findRoot(this.#options.engine, request.target)
      const command: GuestCommand = { verb: 'write', args: [...args, ...options] }
      await runGuest(this.#options.link, command, { input: content, signal: aborted.signal })
    } catch (error) {
      throw fileError(error, request)
    }
  }

  /** @throws BerthError files.exists, files.read-only, files.name-too-long, disk.full */
  async makeFolder(subject: FileSubject, { parents }: { parents: boolean }): Promise<void> {
    await this.#change(subject, {
      verb: 'mkdir',
      args: [`path=${subject.path}`, ...(parents ? ['parents=1'] : [])],
    })
  }

  /**
   * Never replaces a file.
   * @throws BerthError files.exists, files.read-only, files.mount-point, files.other-mount, files.image-folder
   */
  async rename(subject: FileSubject, to: string): Promise<void> {
    await this.#change(subject, { verb: 'rename', args: [`path=${subject.path}`, `to=${to}`] })
  }

  /**
   * Removes files and whole folders.
   * @throws BerthError files.mount-point, files.read-only
   */
  async remove(target: FileTarget, paths: string[]): Promise<void> {
    for (const group of inGroups(paths))
      await this.#change(
        { target, path: group.length === 1 ? (group[0] ?? '/') : '/' },
        { verb: 'remove', args: group.map((path) => `path=${path}`) },
      )
  }

  async #change(subject: FileSubject, { verb, args }: GuestCommand): Promise<void> {
    await this.#with(subject, (root) => runGuest(this.#options.link, { verb, args: [...root.args, ...args] }))
  }

  /** Opens a file of at most `limit` bytes; 0 means any size. */
  async #openFile(
    { args }: FileRoot,
    path: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ stamp: FileStamp; stream: Readable }> {
    const { answer, stream } = await openGuest(
      this.#options.link,
      { verb: 'read', args: [...args, `path=${path}`, `bytes=${limit}`] },
      signal,
    )
    const stamp = parseStamp(answer)
    return { stamp, stream: pipeline(stream, completeFile(stamp.size), ignore) }
  }

  /**
   * Finds the root and calls `use` with it. A container may start or stop between these two steps. Then the program
   * answers `gone` without doing anything, and the root is looked up again.
   */
  async #with<T>(subject: FileSubject, use: (root: FileRoot) => Promise<T>): Promise<T> {
    const attempt = async () => use(await findRoot(this.#options.engine, subject.target))
    try {
      return await attempt().catch((error: unknown) => {
        if (error instanceof GuestRefusal && error.reason === goneReason) return attempt()
        throw error
      })
    } catch (error) {
      throw fileError(error, subject)
    }
  }
}

/** The stream itself carries the error of a pipeline. */
function ignore(): void {
  // Nothing to do.
}

/** Divides paths into as many commands as they need. */
function inGroups(paths: string[]): string[][] {
  const groups: string[][] = []
  let length = Infinity
  for (const path of paths) {
    if (length + path.length > pathLengthPerCommand || (groups.at(-1)?.length ?? 0) >= pathsPerCommand) {
      groups.push([])
      length = 0
    }
    groups.at(-1)?.push(path)
    length += path.length + 6
  }
  return groups
}
