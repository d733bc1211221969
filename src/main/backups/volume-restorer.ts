import type { Readable } from 'node:stream'
import { type Container, isActive } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { Engine, EngineState } from '../engine'
import type { Logger } from '../host'
import { abortReason, message } from '../lib'
import type { SshLink } from '../ssh'
import { decompressed } from './decompressed'
import { makeFolderBeside, removeOldContent, swapBack, swapIn, syncContent, unpack } from './machine-folder'
import type { TarHeader } from './tar-format'
import type { Unfinished } from './unfinished'
import { unpackable } from './unpackable'
import { existingPath, volumeFolder, type FoundVolumes } from './volume-folder'

export interface VolumeRestorerOptions {
  link: Pick<SshLink, 'exec'>
  log: Logger
  engine: { readonly volumes: FoundVolumes & Pick<Engine['volumes'], 'create'> }
  state: Pick<EngineState, 'containers'>
  unfinished: Pick<Unfinished, 'during' | 'recoverFor'>
}

/** The volume to restore into. `replace`: whether the content of an existing volume may be replaced. */
export interface RestoreTarget {
  to: string
  replace: boolean
}

/** The file that a restore reads. */
export interface RestoreSource {
  open: () => Promise<Readable>
  /** The length of the file. */
  bytes: number
  /** The labels of a new volume. */
  labels: Record<string, string>
  /** Whether the archive may have device files. */
  devices: boolean
}

/** Fills volumes from archives. An existing volume gets its new content only when the content is complete. */
export class VolumeRestorer {
  readonly #options: VolumeRestorerOptions
  /** The removals of old content after a restore, by the volume's folder. They never reject. */
  readonly #removals = new Map<string, Promise<void>>()

  constructor(options: VolumeRestorerOptions) {
    this.#options = options
  }

  /**
   * Checks that a volume can be restored into.
   * @throws BerthError volume.name-taken, backup.volume-running, backup.volume-options, files.volume-unsupported
   */
  async check({ to, replace }: RestoreTarget): Promise<void> {
    const { engine } = this.#options
    if ((await engine.volumes.find(to)) === undefined) return
    if (!replace) throw new BerthError('volume.name-taken', { volume: to })
    const error = this.#inUse(to, isActive)
    if (error.params.containers !== '') throw error
    if ((await volumeFolder(engine.volumes, to)).mountedInUse)
      throw new BerthError('backup.volume-options', { volume: to })
  }

  /**
   * Restores a file. `progress` gets the bytes of the file that are read. An abort of the signal destroys the file.
   * @throws BerthError backup.damaged, machine.connection-lost; the errors of {@link check}; the signal's reason
   */
  async restore(
    target: RestoreTarget,
    { open, bytes, labels, devices }: RestoreSource,
    { progress, signal }: { progress: (done: number) => void; signal: AbortSignal },
  ): Promise<void> {
    const file = await open()
    const abort = (): void => {
      file.destroy(abortReason(signal))
    }
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    try {
      const seen = { folders: new Map<string, TarHeader>(), links: new Map<string, TarHeader>() }
      const content = decompressed(file, (done) => {
        progress(Math.min(done, bytes))
      })
      const archive = unpackable(content, { devices, seen })
      const fill = async (folder: string): Promise<void> => {
        await unpack(this.#options.link, { folder, archive, seen })
        signal.throwIfAborted()
      }
      await this.#fill(target, { labels, fill, signal })
    } finally {
      signal.removeEventListener('abort', abort)
      file.destroy()
    }
  }

  /** Fills a new volume, or replaces the content of an existing one. */
  async #fill(
    target: RestoreTarget,
    options: {
      labels: Record<string, string>
      /** Fills a folder of the machine. */
      fill: (folder: string) => Promise<void>
      signal: AbortSignal
    },
  ): Promise<void> {
    const { engine, unfinished } = this.#options
    const { to } = target
    const { labels, fill } = options
    await this.#recover(to)
    await this.check(target)
    if ((await engine.volumes.find(to)) !== undefined) {
      await this.#replace(target, options)
      return
    }
    await unfinished.during(
      { kind: 'new-volume', volume: to },
      async () => {
        await engine.volumes.create({ name: to, driver: 'local', options: {}, labels })
        await fill((await volumeFolder(engine.volumes, to)).path)
      },
      // Another client was faster. Its volume must stay.
      (error) => error instanceof BerthError && error.code === 'volume.name-taken',
    )
  }

  async #replace(
    target: RestoreTarget,
    { fill, signal }: { fill: (folder: string) => Promise<void>; signal: AbortSignal },
  ): Promise<void> {
    const { engine, link, log, unfinished } = this.#options
    const { path: folder } = await volumeFolder(engine.volumes, target.to)
    const step = { kind: 'replace', folder } as const
    await unfinished.during(step, async () => {
      await fill(await makeFolderBeside(link, folder))
      await syncContent(link, folder)
      // A container may have started meanwhile.
      await this.check(target)
      if (!(await swapIn(link, folder))) throw this.#inUse(target.to, () => true)
      if (signal.aborted) await swapBack(link, folder)
      signal.throwIfAborted()
      // The task does not wait for the removal of the old content, because a cancel could no longer undo the task.
      const removal = unfinished
        .during(step, () => removeOldContent(link, folder))
        .catch((error: unknown) => {
          log.warn(
            { volume: target.to, reason: message(error) },
            'could not remove the old content of a volume',
          )
        })
        .finally(() => {
          if (this.#removals.get(folder) === removal) this.#removals.delete(folder)
        })
      this.#removals.set(folder, removal)
    })
  }

  /** The error that names the containers that have a volume. */
  #inUse(volume: string, which: (container: Container) => boolean): BerthError {
    const users = [...this.#options.state.containers.values()]
      .filter(which)
      .filter(({ mounts }) => mounts.some(({ type, source }) => type === 'volume' && source === volume))
      .map(({ name }) => name)
    return new BerthError('backup.volume-running', { volume, containers: users.sort().join(', ') })
  }

  async #recover(volume: string): Promise<void> {
    const { engine, unfinished } = this.#options
    const folder = await existingPath(engine.volumes, volume)
    if (folder !== undefined) await this.#removals.get(folder)
    await unfinished.recoverFor({ volume, folder, pauses: false })
  }
}
