import { on } from 'node:events'
import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  type ProjectFile,
  type ProjectFileEntry,
  projectFileCount,
  projectFileKind,
  projectFileLimit,
  isComposeName,
} from '../../shared/project-files'
import { BerthError } from '../../shared/errors'
import { formatBytes } from '../../shared/bytes'
import {
  fileError,
  FileWatch,
  isWritable,
  type Logger,
  readTextFile,
  replaceTextFile,
  versionOf,
} from '../host'
import { sequencer } from '../lib'
import type { Mounts } from '../mounts'

export interface ProjectFilesOptions {
  mounts: Pick<Mounts, 'sharedFile'>
  /** Whether the user has built an image with this Dockerfile. Its folder may not be shared. */
  isDockerfileOfBuild: (path: string) => boolean
  log: Logger
}

/**
 * Reads and changes the text files of compose projects, and the Dockerfiles of builds. They stay ordinary files of this
 * computer: Berth keeps no copy and no list of them. Only files in shared folders and the Dockerfiles of builds can be
 * reached.
 */
export class ProjectFiles {
  readonly #options: ProjectFilesOptions
  /** Two saves of the same file must not both find it unchanged. */
  readonly #oneAtATime = sequencer()

  constructor(options: ProjectFilesOptions) {
    this.#options = options
  }

  /**
   * Yields the compose files, the files with variables and the Dockerfiles in a folder, at most
   * {@link projectFileCount}, now and after each change of this list.
   * @throws BerthError files.not-found, files.not-a-folder, files.not-allowed; as `Mounts.sharedFile`
   */
  async *list(folder: string, signal: AbortSignal): AsyncGenerator<ProjectFileEntry[], void> {
    const { path } = await this.#options.mounts.sharedFile(folder)
    const watch = new FileWatch(path, this.#options.log, { folder: true })
    yield* following(watch, () => entriesOf(folder, path), signal)
  }

  /**
   * @throws BerthError files.not-found, files.is-a-folder, files.not-a-file, files.not-allowed, files.changed,
   * compose-file.too-large, compose-file.not-text; as `Mounts.sharedFile`
   */
  async read(written: string): Promise<ProjectFile> {
    const shared = await this.#find(written)
    const { text, version } = await readTextFile(shared.path)
    return { text, version, writable: shared.writable && (await isWritable(shared.path)) }
  }

  /**
   * Replaces the text of a file, if the file still has the version that the caller has read.
   * @throws BerthError compose-file.changed, compose-file.read-only, host.no-space, files.failed; as `read`
   */
  save(written: string, { text, version }: { text: string; version: string }): Promise<{ version: string }> {
    return this.#oneAtATime(async () => {
      const { path, writable } = await this.#find(written)
      const current = await readTextFile(path)
      if (!writable || !(await isWritable(path)))
        throw new BerthError('compose-file.read-only', { path: written })
      if (Buffer.byteLength(text) > projectFileLimit)
        throw new BerthError('compose-file.too-large', {
          path: written,
          limit: formatBytes(projectFileLimit),
        })
      if (current.version !== version) throw new BerthError('compose-file.changed', { path: written })
      await replaceTextFile(path, text, current.mode)
      return { version: versionOf(text) }
    })
  }

  /**
   * Yields the version of a file, now and after each change. Null while there is no text to read at the path.
   * @throws BerthError as `Mounts.sharedFile`
   */
  async *watch(written: string, signal: AbortSignal): AsyncGenerator<{ version: string | null }, void> {
    const { path } = await this.#find(written)
    const watch = new FileWatch(path, this.#options.log)
    yield* following(watch, async () => ({ version: await this.#versionOf(written) }), signal)
  }

  async #versionOf(written: string): Promise<string | null> {
    try {
      const { path } = await this.#find(written)
      return (await readTextFile(path)).version
    } catch {
      return null
    }
  }

  /** A link may lead from a harmless name to a file of another kind, such as a key. */
  async #find(written: string): Promise<{ path: string; writable: boolean }> {
    const shared = await this.#place(written)
    if (projectFileKind(shared.path) === undefined)
      throw new BerthError('compose-file.other-kind', { path: written, target: shared.path })
    return shared
  }

  async #place(written: string): Promise<{ path: string; writable: boolean }> {
    const { mounts, isDockerfileOfBuild } = this.#options
    try {
      return await mounts.sharedFile(written)
    } catch (error) {
      const { code } = BerthError.from(error)
      const isShared = code !== 'mounts.not-shared' && code !== 'mounts.link-not-shared'
      if (isShared || !isDockerfileOfBuild(written)) throw error
    }
    try {
      return { path: await realpath(written), writable: true }
    } catch (error) {
      throw fileError(written, error)
    }
  }
}

async function entriesOf(folder: string, path: string): Promise<ProjectFileEntry[]> {
  const names = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    const failure = fileError(path, error)
    throw failure.code === 'files.not-a-folder' ? new BerthError(failure.code, { path: folder }) : failure
  })
  return names
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ name }) => ({ name, path: join(folder, name), kind: projectFileKind(name) }))
    .filter((entry): entry is ProjectFileEntry =>
      entry.kind === 'compose' ? isComposeName(entry.name) : entry.kind !== undefined,
    )
    .sort((one, other) => one.name.localeCompare(other.name, 'en'))
    .slice(0, projectFileCount)
}

/** Yields what `read` returns, now and after each change that the watch reports, if it is something else then. */
async function* following<T extends object>(
  watch: FileWatch,
  read: () => Promise<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  try {
    const changes = on(watch, 'change', { signal })
    watch.start()
    let last: T | undefined
    for (;;) {
      const value = await read()
      if (!isDeepStrictEqual(value, last)) yield value
      last = value
      await changes.next()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    watch.close()
  }
}
