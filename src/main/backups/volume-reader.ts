import { BerthError } from '../../shared/errors'
import type { Engine, EngineState } from '../engine'
import type { Files } from '../files'
import { sequencer, untilAborted } from '../lib'
import type { SshLink } from '../ssh'
import { findHardLinks, withHardLinks } from './hard-links'
import type { Unfinished } from './unfinished'
import { existingPath, volumeFolder, type FoundVolumes } from './volume-folder'

export interface VolumeReaderOptions {
  link: Pick<SshLink, 'exec'>
  engine: {
    readonly containers: Pick<Engine['containers'], 'pause'>
    readonly volumes: FoundVolumes
  }
  state: Pick<EngineState, 'containers'>
  files: Pick<Files, 'download'>
  unfinished: Pick<Unfinished, 'during' | 'recoverFor'>
}

/** Which volume to back up. `pause`: whether to pause the containers that write to the volume. */
export interface BackupSource {
  volume: string
  pause: boolean
}

/** Reads volumes as archives, and pauses the containers that write to them. */
export class VolumeReader {
  readonly #options: VolumeReaderOptions
  /** Backups that pause containers run one after the other, because two volumes may belong to the same container. */
  readonly #pausing = sequencer()

  constructor(options: VolumeReaderOptions) {
    this.#options = options
  }

  /**
   * Calls `use` with the archive of a volume. Resumes the containers that it has paused, also after a failure.
   * @throws BerthError files.volume-unsupported, machine.connection-lost; the error of `use`; the signal's reason
   */
  read<T>(
    source: BackupSource,
    signal: AbortSignal,
    use: (archive: AsyncIterable<Buffer>) => Promise<T>,
  ): Promise<T> {
    return this.#paused(source, signal, () => this.#archive(source, signal, use))
  }

  /** Calls `use` with the archive of a volume. Afterwards, the machine no longer reads the volume. */
  async #archive<T>(
    { volume }: BackupSource,
    signal: AbortSignal,
    use: (archive: AsyncIterable<Buffer>) => Promise<T>,
  ): Promise<T> {
    const { engine, link, files } = this.#options
    const folder = await volumeFolder(engine.volumes, volume)
    const links = await findHardLinks(link, folder.path, signal)
    const subject = { target: { kind: 'volume', name: volume }, path: '/' } as const
    const { stream } = await files.download(subject, { folder: true, name: '.', signal })
    try {
      const archive = stream as AsyncIterable<Buffer>
      return await use(links.size === 0 ? archive : withHardLinks(archive, links))
    } finally {
      stream.destroy()
    }
  }

  /**
   * Pauses the containers that write to a volume, calls `work`, and resumes the containers that it has paused. Waits
   * until no other backup has containers paused.
   */
  async #paused<T>({ volume, pause }: BackupSource, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (!pause || this.#writers(volume).length === 0) {
      await this.#recover(volume, { pauses: false })
      return work()
    }
    let begin = (): void => undefined
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const ended = this.#pausing(async () => {
      signal.throwIfAborted()
      begin()
      await this.#recover(volume, { pauses: true })
      return this.#pausedNow(volume, work)
    })
    // A backup that is cancelled while it waits ends immediately.
    ended.catch(() => undefined)
    await untilAborted(begun, signal)
    return ended
  }

  async #pausedNow<T>(volume: string, work: () => Promise<T>): Promise<T> {
    const { engine, unfinished } = this.#options
    const containers = this.#writers(volume)
    if (containers.length === 0) return work()
    return unfinished.during({ kind: 'paused', containers }, async (amend) => {
      const paused: string[] = []
      try {
        for (const id of containers) {
          paused.push(id)
          await engine.containers.pause(id).catch((error: unknown) => {
            unlessEnded(error)
            paused.pop()
          })
        }
      } finally {
        if (paused.length < containers.length) await amend({ kind: 'paused', containers: paused })
      }
      return work()
    })
  }

  /** The ids of the containers that can write to a volume. */
  #writers(volume: string): string[] {
    return (
      [...this.#options.state.containers.values()]
        // The engine may not have reported yet that an earlier backup has resumed a container.
        .filter(({ state: phase }) => phase === 'running' || phase === 'paused')
        .filter(({ mounts }) =>
          mounts.some(({ type, source, readOnly }) => type === 'volume' && source === volume && !readOnly),
        )
        .map(({ id }) => id)
    )
  }

  async #recover(volume: string, { pauses }: { pauses: boolean }): Promise<void> {
    const { engine, unfinished } = this.#options
    await unfinished.recoverFor({ volume, folder: await existingPath(engine.volumes, volume), pauses })
  }
}

/** A container that has ended, or that the user has paused, need not be paused. */
function unlessEnded(error: unknown): void {
  const harmless = ['container.not-found', 'container.not-running', 'container.paused']
  if (!harmless.includes(BerthError.from(error).code)) throw error
}
