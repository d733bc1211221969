import { BerthError } from '../../shared/errors'
import { shellQuoted } from '../lib'
import { clone } from './clone'
import { fileError } from './file-errors'
import { findLayers, type FileLocations } from './file-roots'
import { runGuest, type FilesLink, type GuestCommand } from './guest-program'
import { writtenElsewhere } from './layer-size'

export interface LayerFoldersOptions {
  link: FilesLink
  engine: FileLocations
}

/** A folder of a container, without what is mounted in it. */
export interface LayerFolder {
  /** The id of the container. */
  id: string
  /** An encoded path. */
  path: string
}

/** Measures and copies folders of a container's own file system. */
export class LayerFolders {
  readonly #options: LayerFoldersOptions

  constructor(options: LayerFoldersOptions) {
    this.#options = options
  }

  /**
   * How much a copy of a folder takes, and how much is free on the disk of the layers. Bytes.
   * @throws BerthError container.not-found, files.stopped-unsupported, files.not-found, files.not-a-folder,
   * files.failed; the signal's reason
   */
  async measure({ id, path }: LayerFolder, signal?: AbortSignal): Promise<{ bytes: number; free: number }> {
    const { link, engine } = this.#options
    const { args, upper } = await findLayers(engine, id)
    try {
      const command: GuestCommand = { verb: 'measure', args: [...args, `path=${path}`] }
      const bytes = Number(await runGuest(link, command, signal === undefined ? {} : { signal }))
      const { stdout } = await link.exec(`stat -f -c '%a %S' ${shellQuoted(upper)}`)
      const [blocks, blockSize] = stdout.trim().split(' ').map(Number)
      return { bytes, free: (blocks ?? NaN) * (blockSize ?? NaN) || 0 }
    } catch (error) {
      throw fileError(error, { target: { kind: 'container', id }, path })
    }
  }

  /**
   * What the container has written outside of a folder, without logs, caches and temporary files. Bytes. Undefined if
   * measuring takes too long.
   * @throws BerthError container.not-found, files.stopped-unsupported
   */
  async writtenElsewhere({ id, path }: LayerFolder): Promise<number | undefined> {
    const { link, engine } = this.#options
    const { upper } = await findLayers(engine, id)
    return writtenElsewhere(link, upper, path)
  }

  /**
   * Copies the content of a folder into an empty volume, which gets the owner and the mode of the folder.
   * @throws BerthError container.not-found, volume.not-found, files.stopped-unsupported, files.volume-unsupported,
   * files.not-found, files.not-a-folder, files.exists, files.failed, disk.full; the signal's reason
   */
  async copy(
    { id, path }: LayerFolder,
    { volume, progress, signal }: { volume: string; progress: (bytes: number) => void; signal: AbortSignal },
  ): Promise<void> {
    const { link, engine } = this.#options
    const { args } = await findLayers(engine, id)
    const folder = await engine.volumes.folder(volume)
    if (folder === undefined) throw new BerthError('files.volume-unsupported', { volume })
    try {
      await clone(link, { args: [...args, `path=${path}`], to: folder.path, progress, signal })
    } catch (error) {
      signal.throwIfAborted()
      throw fileError(error, { target: { kind: 'container', id }, path })
    }
  }
}
