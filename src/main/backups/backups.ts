import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import type { Backup, BackupPlan, BackupsState } from '../../shared/backups'
import { BerthError } from '../../shared/errors'
import { anonymousLabel } from '../../shared/volumes'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { Files } from '../files'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { type Emits, message } from '../lib'
import type { SshLink } from '../ssh'
import type { Tasks } from '../tasks'
import { BackupStore } from './backup-store'
import { Schedules } from './schedules'
import { Unfinished } from './unfinished'
import { volumeFolder } from './volume-folder'
import { type BackupSource, VolumeReader } from './volume-reader'
import { type RestoreSource, type RestoreTarget, VolumeRestorer } from './volume-restorer'

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

/**
 * Backs up volumes into files of this computer, restores them, and runs backups by schedule. Each backup and restore is
 * a task. A volume has at most one of them at a time. Emits `change` when the list or a schedule has changed.
 */
export class Backups extends EventEmitter<{ change: [] }> {
  readonly #options: BackupsOptions
  readonly #store: BackupStore
  readonly #schedules: Schedules
  readonly #reader: VolumeReader
  readonly #restorer: VolumeRestorer
  /** The volumes that are being backed up or restored. Each promise settles at the end. */
  readonly #busy = new Map<string, Promise<unknown>>()
  #isClosed = false

  constructor(options: BackupsOptions) {
    super()
    this.setMaxListeners(0)
    const { paths, log, link, engine, state, files } = options
    const unfinished = new Unfinished({ paths, engine, link, log })
    this.#options = options
    this.#store = new BackupStore({ folder: berthFile(paths, 'backups'), log })
    this.#reader = new VolumeReader({ link, engine, state, files, unfinished })
    this.#restorer = new VolumeRestorer({ link, log, engine, state, unfinished })
    this.#schedules = new Schedules({
      path: berthFile(paths, 'backupSchedules'),
      log,
      state,
      run: (schedule) => this.#runScheduled(schedule),
    })
    state.on('change', ({ type }) => {
      if (type === 'snapshot') void unfinished.recover()
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
    await volumeFolder(this.#options.engine.volumes, source.volume)
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
    await this.#restorer.check(target)
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
          const { id, bytes } = await this.#reader.read(source, signal, (archive) =>
            this.#store.add({ volume, driver, labels, scheduled }, archive, { progress, signal }),
          )
          return { id, bytes }
        },
      }),
    )
  }

  #startRestore(target: RestoreTarget, source: RestoreSource): string {
    const { to } = target
    return this.#start(to, () =>
      this.#options.tasks.start({
        kind: 'volume-restore',
        params: { volume: to },
        run: async (task, signal) => {
          const progress = (done: number): void => {
            task.progress({ done, total: source.bytes, unit: 'bytes' })
          }
          await this.#restorer.restore(target, source, { progress, signal })
          return {}
        },
      }),
    )
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

/** The engine would prune a volume with this label, and somebody has now named the volume. */
function withoutAnonymous(labels: Backup['labels']): Backup['labels'] {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== anonymousLabel))
}
