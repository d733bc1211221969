import { BerthError } from '../../shared/errors'
import type { NewVolume } from '../../shared/volumes'
import { type Engine, isUnreachable } from '../engine'
import { clone } from './clone'
import { fileError } from './file-errors'
import { findRoot, type FileLocations } from './file-roots'
import type { Files } from './files'
import type { FilesLink } from './guest-program'

export interface VolumeContentsOptions {
  link: FilesLink & { once: (event: 'up', listener: () => void) => unknown }
  engine: FileLocations & {
    readonly volumes: Pick<Engine['volumes'], 'folder' | 'settings' | 'create' | 'remove'>
  }
  files: Pick<Files, 'list' | 'remove'>
}

export interface CloneRequest {
  /** The volume to copy. */
  name: string
  /** The name of the new volume. */
  to: string
  /** Called with the number of copied bytes. */
  progress: (bytes: number) => void
  signal: AbortSignal
}

/** Copies and empties whole volumes. */
export class VolumeContents {
  readonly #options: VolumeContentsOptions

  constructor(options: VolumeContentsOptions) {
    this.#options = options
  }

  /**
   * Copies a volume into a new volume with the same labels, owners, times and links. If this fails or is aborted, the
   * new volume is removed. Without a connection, it is removed after the next connect.
   * @throws BerthError volume.not-found, volume.name-taken, files.volume-unsupported, files.volume-not-mounted,
   * files.failed, disk.full; the signal's reason
   */
  async clone({ name, to, progress, signal }: CloneRequest): Promise<void> {
    const { link, engine } = this.#options
    const subject = { target: { kind: 'volume', name }, path: '/' } as const
    const root = await findRoot(engine, subject.target)
    signal.throwIfAborted()
    const { labels } = await engine.volumes.settings(name)
    const volume: NewVolume = { name: to, driver: 'local', options: {}, labels }
    await engine.volumes.create(volume)
    try {
      const folder = await engine.volumes.folder(to)
      if (folder === undefined) throw new BerthError('files.volume-unsupported', { volume: to })
      await clone(link, { args: root.args, to: folder.path, progress, signal })
    } catch (error) {
      await this.#removeHalf(to)
      signal.throwIfAborted()
      throw fileError(error, subject)
    }
  }

  /**
   * Removes an unfinished copy. Without a connection, does so at the next connect, before anybody has had time to make
   * a volume of the same name. Never rejects.
   */
  async #removeHalf(name: string): Promise<void> {
    const { link, engine } = this.#options
    try {
      await engine.volumes.remove(name)
    } catch (error) {
      if (!isUnreachable(error)) return
      link.once('up', () => void this.#removeHalf(name))
    }
  }

  /**
   * Removes everything in a volume. Names that a program adds meanwhile may stay.
   * @throws BerthError as `Files.remove`
   */
  async empty(name: string): Promise<void> {
    const { files } = this.#options
    const target = { kind: 'volume', name } as const
    const { signal } = new AbortController()
    let more = true
    while (more) {
      const paths: string[] = []
      for await (const { entries, truncated } of files.list({ target, path: '/' }, signal)) {
        paths.push(...entries.map((entry) => `/${entry.name}`))
        more = truncated
      }
      if (paths.length > 0) await files.remove(target, paths)
    }
  }
}
