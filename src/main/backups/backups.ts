import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import type { Backup, BackupPlan, BackupsState } from '../../shared/backups'
import { type Container, isActive } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import { anonymousLabel } from '../../shared/volumes'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { Files } from '../files'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { abortReason, type Emits, message, sequencer, untilAborted } from '../lib'
import type { SshLink } from '../ssh'
import type { RunningTask, Tasks } from '../tasks'
import { BackupStore } from './backup-store'
import { decompressed } from './decompressed'
import { findHardLinks, withHardLinks } from './hard-links'
import { makeFolderBeside, removeOldContent, swapBack, swapIn, syncContent, unpack } from './machine-folder'
import { Schedules } from './schedules'
import type { TarHeader } from './tar-format'
import { Unfinished } from './unfinished'
import { unpackable } from './unpackable'

export interface BackupsOptions {
  paths: Pick<BerthPaths, 'home' | 'machine'>
  log: Logger
  link: Pick<SshLink, 'exec'>
  engine: {
    readonly containers: Pick<Engine['containers'], 'pause' | 'unpause'>
    readonly volumes: Pick<Engine['volumes'], 'find' | 'folder' | 'settings' | 'create' | 'remove'>
  }
  state: Pick<EngineState, 'containers' | 'volumes' | 'isOnline'> & Emits<'change', [EngineChange]>
  files: Pick<Files, 'download'>
  tasks: Tasks
}

/** Which volume to back up. `pause`: whether to pause the containers that write to the volume. */
export interface BackupSource {
  volume: string
  pause: boolean
}

/** The volume to restore into. `replace`: whether the content of an existing volume may be replaced. */
export interface RestoreTarget {
  to: string
  replace: boolean
}

/** The file that a restore reads. */
interface RestoreSource {
  open: () => Promise<Readable>
  /** The length of the file. */
  bytes: number
  /** The labels of a new volume. */
  labels: Record<string, string>
  /** Whether the archive may have device files. */
  devices: boolean
}

/**
 * Backs up volumes into files of this computer, restores them, and runs backups by schedule. Each backup and restore is
 * a task. A volume has at most one of them at a time. Emits `change` when the list or a schedule has changed.
 */
export class Backups extends EventEmitter<{ change: [] }> {
  readonly #options: BackupsOptions
  readonly #store: BackupStore
  readonly #schedules: Schedules
  readonly #unfinished: Unfinished
  /** The volumes that are being backed up or restored. Each promise settles at the end. */
  readonly #busy = new Map<string, Promise<unknown>>()
  /** The removals of old content after a restore, by the volume's folder. They never reject. */
  readonly #removals = new Map<string, Promise<void>>()
  /** Backups that pause containers run one after the other, because two volumes may belong to the same container. */
  readonly #pausing = sequencer()
  #isClosed = false

  constructor(options: BackupsOptions) {
    super()
    this.setMaxListeners(0)
    const { paths, log, link, engine, state } = options
    this.#options = options
    this.#store = new BackupStore({ folder: berthFile(paths, 'backups'), log })
    this.#unfinished = new Unfinished({ paths, engine, link, log })
    this.#schedules = new Schedules({
      path: berthFile(paths, 'backupSchedules'),
      log,
      state,
      run: (schedule) => this.#runScheduled(schedule),
    })
    state.on('change', ({ type }) => {
      if (type === 'snapshot') void this.#unfinished.recover()
    })
    for (const part of [this.#store, this.#schedules])
      part.on('change', () => {
        this.emit('change')
      })
  }

  get current(): BackupsState {
    return {
      backups: this.#store.list(),
      schedules: this.#schedules.list(),
      folder: this.#store.folder,
    }
  }

  /**
   * Starts a backup, and returns the id of its task.
   * @throws BerthError volume.not-found, files.volume-unsupported, backup.busy
   */
  async create(source: BackupSource): Promise<string> {
    await this.#folderOf(source.volume)
    return this.#startBackup(source, { scheduled: false })
  }

  /** Opens the file of a kept backup. @throws BerthError backup.not-found */
  async open(id: string): Promise<{ name: string; bytes: number; stream: Readable }> {
    const { backup, name, stream } = await this.#store.open(id)
    return { name, bytes: backup.bytes, stream }
  }

  /** @throws BerthError backup.not-found, host.folder-unwritable */
  remove(id: string): Promise<void> {
    return this.#store.remove(id)
  }

  /**
   * Starts to restore a kept backup, and returns the id of the task.
   * @throws BerthError backup.not-found, volume.name-taken, backup.volume-running, backup.volume-options, backup.busy
   */
  async restore({ id, ...target }: RestoreTarget & { id: string }): Promise<string> {
    const { bytes, labels } = await this.#store.find(id)
    await this.checkTarget(target)
    return this.#startRestore(target, {
      open: async () => (await this.#store.open(id)).stream,
      bytes,
      labels: withoutAnonymous(labels),
      devices: true,
    })
  }

  /**
   * Restores a file that a page sends. Resolves when the task has ended. A cancelled task destroys the stream. Call
   * {@link checkTarget} before, so that the page gets its error before it sends the file.
   * @throws BerthError the error of the failed task; backup.busy
   */
  async restoreUpload(target: RestoreTarget & { bytes: number }, file: Readable): Promise<object> {
    const { tasks } = this.#options
    const id = this.#startRestore(target, {
      open: () => Promise.resolve(file),
      bytes: target.bytes,
      labels: {},
      devices: false,
    })
    const task = await tasks.ended(id)
    if (task.error !== null) throw BerthError.fromData(task.error)
    if (task.state !== 'succeeded') throw new BerthError('upload.not-found')
    return {}
  }

  /**
   * Checks that a volume can be restored into.
   * @throws BerthError volume.name-taken, backup.volume-running, backup.volume-options, files.volume-unsupported,
   * backup.busy
   */
  async checkTarget(target: RestoreTarget): Promise<void> {
    if (this.#busy.has(target.to)) throw new BerthError('backup.busy', { volume: target.to })
    await this.#checkVolume(target)
  }

  /** @throws BerthError host.no-space, host.folder-unwritable */
  setSchedule(plan: BackupPlan): Promise<void> {
    return this.#schedules.set(plan)
  }

  /** @throws BerthError host.no-space, host.folder-unwritable */
  removeSchedule(volume: string): Promise<void> {
    return this.#schedules.remove(volume)
  }

  /** Runs every backup that is due. Call this after the computer has slept. */
  runDue(): Promise<void> {
    return this.#schedules.runDue()
  }

  /** Begins no more scheduled backups. */
  close(): void {
    this.#isClosed = true
    this.#schedules.close()
  }

  async #runScheduled(plan: BackupPlan): Promise<BerthError | 'interrupted' | undefined> {
    const { tasks, log } = this.#options
    const { volume } = plan
    let made: string | undefined
    try {
      await this.#busy.get(volume)
      if (this.#isClosed) return 'interrupted'
      const task = await tasks.ended(this.#startBackup(plan, { scheduled: true }))
      if (task.state === 'interrupted') return 'interrupted'
      if (task.error !== null) return BerthError.fromData(task.error)
      // The user has cancelled it.
      if (task.state !== 'succeeded') return undefined
      if (task.kind === 'volume-backup') made = task.result?.id
    } catch (error) {
      return BerthError.from(error)
    }
    // The user may have changed or removed the schedule meanwhile.
    const keep = this.#schedules.list().find((one) => one.volume === volume)?.keep
    if (keep === undefined) return undefined
    // After the clock was set back, the new backup is not the first one of the list.
    const others = this.#store
      .list()
      .filter(({ id, scheduled, volume: of }) => scheduled && of === volume && id !== made)
    for (const { id } of others.slice(keep - 1))
      await this.#store.remove(id).catch((error: unknown) => {
        log.warn({ volume, reason: message(error) }, 'could not remove an old backup')
      })
    return undefined
  }

  #startBackup(source: BackupSource, { scheduled }: { scheduled: boolean }): string {
    const { volume } = source
    const { engine, tasks } = this.#options
    return this.#start(volume, () =>
      tasks.start({
        kind: 'volume-backup',
        params: { volume },
        run: async (task, signal) => {
          const { driver, labels } = await engine.volumes.settings(volume)
          const progress = (done: number): void => {
            task.progress({ done, unit: 'bytes' })
          }
          const { id, bytes } = await this.#paused(source, signal, () =>
            this.#read(source, signal, (archive) =>
              this.#store.add({ volume, driver, labels, scheduled }, archive, { progress, signal }),
            ),
          )
          return { id, bytes }
        },
      }),
    )
  }

  /** Calls `use` with the archive of a volume. Afterwards, the machine no longer reads the volume. */
  async #read<T>(
    { volume }: BackupSource,
    signal: AbortSignal,
    use: (archive: AsyncIterable<Buffer>) => Promise<T>,
  ): Promise<T> {
    const { link, files } = this.#options
    const folder = await this.#folderOf(volume)
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
   * Undoes the steps that a crash or a lost link has left. The engine may not have reported its new connection yet.
   * @throws BerthError machine.connection-lost if a step that concerns this volume cannot be undone
   */
  async #recovered({
    volume,
    pauses = false,
    replaces = false,
  }: {
    volume: string
    /** Whether the job pauses containers, which the undo of another step could resume. */
    pauses?: boolean
    /** Whether the job replaces the content of the volume. */
    replaces?: boolean
  }): Promise<void> {
    const { volumes } = this.#options.engine
    const isThere = (await volumes.find(volume)) !== undefined
    const path = isThere ? (await volumes.folder(volume))?.path : undefined
    if (replaces && path !== undefined) await this.#removals.get(path)
    const left = await this.#unfinished.recover()
    const concerns = left.some((step) => {
      if (step.kind === 'paused') return pauses
      return step.kind === 'replace' ? step.folder === path : step.volume === volume
    })
    if (concerns) throw new BerthError('machine.connection-lost')
  }

  /**
   * Pauses the containers that write to a volume, calls `work`, and resumes the containers that it has paused. Waits
   * until no other backup has containers paused.
   */
  async #paused<T>({ volume, pause }: BackupSource, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (!pause || this.#writers(volume).length === 0) {
      await this.#recovered({ volume })
      return work()
    }
    let begin = (): void => undefined
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const ended = this.#pausing(async () => {
      signal.throwIfAborted()
      begin()
      await this.#recovered({ volume, pauses: true })
      return this.#pausedNow(volume, work)
    })
    // A backup that is cancelled while it waits ends immediately.
    ended.catch(() => undefined)
    await untilAborted(begun, signal)
    return ended
  }

  async #pausedNow<T>(volume: string, work: () => Promise<T>): Promise<T> {
    const { engine } = this.#options
    const containers = this.#writers(volume)
    if (containers.length === 0) return work()
    return this.#unfinished.during({ kind: 'paused', containers }, async (amend) => {
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

  #startRestore(target: RestoreTarget, source: RestoreSource): string {
    const { tasks, link } = this.#options
    const { to } = target
    const { bytes: total, labels, devices } = source
    return this.#start(to, () =>
      tasks.start({
        kind: 'volume-restore',
        params: { volume: to },
        run: async (task: RunningTask<'volume-restore'>, signal) => {
          const file = await source.open()
          const abort = (): void => {
            file.destroy(abortReason(signal))
          }
          signal.addEventListener('abort', abort, { once: true })
          if (signal.aborted) abort()
          try {
            const seen = { folders: new Map<string, TarHeader>(), links: new Map<string, TarHeader>() }
            const content = decompressed(file, (done) => {
              task.progress({ done: Math.min(done, total), total, unit: 'bytes' })
            })
            const archive = unpackable(content, { devices, seen })
            const fill = async (folder: string): Promise<void> => {
              await unpack(link, { folder, archive, seen })
              signal.throwIfAborted()
            }
            await this.#fill(target, { labels, fill, signal })
            return {}
          } finally {
            signal.removeEventListener('abort', abort)
            file.destroy()
          }
        },
      }),
    )
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
    const { engine } = this.#options
    const { to } = target
    const { labels, fill } = options
    await this.#recovered({ volume: to, replaces: true })
    await this.#checkVolume(target)
    if ((await engine.volumes.find(to)) !== undefined) {
      await this.#replace(target, options)
      return
    }
    await this.#unfinished.during(
      { kind: 'new-volume', volume: to },
      async () => {
        await engine.volumes.create({ name: to, driver: 'local', options: {}, labels })
        await fill((await this.#folderOf(to)).path)
      },
      // Another client was faster. Its volume must stay.
      (error) => error instanceof BerthError && error.code === 'volume.name-taken',
    )
  }

  async #replace(
    target: RestoreTarget,
    { fill, signal }: { fill: (folder: string) => Promise<void>; signal: AbortSignal },
  ): Promise<void> {
    const { link, log } = this.#options
    const { path: folder } = await this.#folderOf(target.to)
    const step = { kind: 'replace', folder } as const
    await this.#unfinished.during(step, async () => {
      await fill(await makeFolderBeside(link, folder))
      await syncContent(link, folder)
      // A container may have started meanwhile.
      await this.#checkVolume(target)
      if (!(await swapIn(link, folder))) throw this.#inUse(target.to, () => true)
      if (signal.aborted) await swapBack(link, folder)
      signal.throwIfAborted()
      // The task does not wait for the removal of the old content, because a cancel could no longer undo the task.
      const removal = this.#unfinished
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

  /** @throws BerthError volume.name-taken, backup.volume-running, backup.volume-options, files.volume-unsupported */
  async #checkVolume({ to, replace }: RestoreTarget): Promise<void> {
    const { engine } = this.#options
    if ((await engine.volumes.find(to)) === undefined) return
    if (!replace) throw new BerthError('volume.name-taken', { volume: to })
    const error = this.#inUse(to, isActive)
    if (error.params.containers !== '') throw error
    if ((await this.#folderOf(to)).mountedInUse) throw new BerthError('backup.volume-options', { volume: to })
  }

  /** The error that names the containers that have a volume. */
  #inUse(volume: string, which: (container: Container) => boolean): BerthError {
    const users = [...this.#options.state.containers.values()]
      .filter(which)
      .filter(({ mounts }) => mounts.some(({ type, source }) => type === 'volume' && source === volume))
      .map(({ name }) => name)
    return new BerthError('backup.volume-running', { volume, containers: users.sort().join(', ') })
  }

  async #folderOf(volume: string): Promise<{ path: string; mountedInUse: boolean }> {
    const folder = await this.#options.engine.volumes.folder(volume)
    if (folder === undefined) throw new BerthError('files.volume-unsupported', { volume })
    return folder
  }

  /** Starts a job for a volume. @throws BerthError backup.busy */
  #start(volume: string, start: () => string): string {
    if (this.#busy.has(volume)) throw new BerthError('backup.busy', { volume })
    const id = start()
    const ended = this.#options.tasks.ended(id).finally(() => {
      this.#busy.delete(volume)
    })
    this.#busy.set(volume, ended)
    return id
  }
}

/** A container that has ended, or that the user has paused, need not be paused. */
function unlessEnded(error: unknown): void {
  const harmless = ['container.not-found', 'container.not-running', 'container.paused']
  if (!harmless.includes(BerthError.from(error).code)) throw error
}

/** The engine would prune a volume with this label, and somebody has now named the volume. */
function withoutAnonymous(labels: Backup['labels']): Backup['labels'] {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== anonymousLabel))
}
