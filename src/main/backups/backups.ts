import { EventEmitter } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Backup, BackupPlan, BackupsState } from '../../shared/backups'
import { isActive } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { Task } from '../../shared/tasks'
import { anonymousLabel } from '../../shared/volumes'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { Files } from '../files'
import { berthFile, type BerthPaths, type Logger } from '../host'
import type { Emits } from '../lib'
import type { SshLink } from '../ssh'
import type { RunningTask, Tasks } from '../tasks'
import { backupFileName, BackupStore } from './backup-store'
import { ByteCounter } from './byte-counter'
import { decompressed } from './decompressed'
import { findHardLinks, withHardLinks } from './hard-links'
import { makeFolderBeside, swapIn, unpack } from './machine-folder'
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

  /**
   * Opens a backup that nobody keeps, as a stream of its file. The task ends with the stream. An abort of `signal`
   * cancels the task, and so does a destroyed stream.
   * @throws BerthError volume.not-found, files.volume-unsupported, backup.busy
   */
  async createDownload(
    source: BackupSource,
    signal: AbortSignal,
  ): Promise<{ name: string; stream: Readable }> {
    const { tasks } = this.#options
    const { volume } = source
    await this.#folderOf(volume)
    const output = new PassThrough()
    const opened = new Promise<void>((resolve, reject) => {
      const id = this.#start(volume, () =>
        tasks.start({
          kind: 'volume-backup',
          params: { volume },
          run: async (task, cancelled) => {
            try {
              const report = (done: number): void => {
                task.progress({ done, unit: 'bytes' })
              }
              return await this.#paused(source, () =>
                this.#read(source, cancelled, async (archive) => {
                  resolve()
                  const written = new ByteCounter()
                  const parts = [new ByteCounter({ report }), createGzip(), written, output] as const
                  await pipeline(archive, ...parts, { signal: cancelled })
                  return { bytes: written.bytes }
                }),
              )
            } catch (error) {
              reject(BerthError.from(error))
              output.destroy(BerthError.from(error))
              throw error
            }
          },
        }),
      )
      const cancel = (): void => {
        // Does nothing if the task has ended. Then the user may also have dismissed it.
        tasks.cancel(id).catch(() => undefined)
      }
      // A task that is cancelled immediately never runs.
      void tasks.ended(id).then(() => {
        reject(new BerthError('files.cut-off'))
      })
      signal.addEventListener('abort', cancel, { once: true })
      output.once('close', () => {
        signal.removeEventListener('abort', cancel)
        if (!output.readableEnded) cancel()
      })
      if (signal.aborted) cancel()
    })
    // The consumer of the stream gets its error too.
    output.on('error', () => undefined)
    await opened
    return { name: backupFileName({ volume, createdAt: Date.now() }), stream: output }
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
    await this.checkTarget(target)
    const { backup, stream } = await this.#store.open(id)
    try {
      return this.#startRestore(target, {
        file: stream,
        bytes: backup.bytes,
        labels: withoutAnonymous(backup.labels),
        devices: true,
      })
    } catch (error) {
      stream.destroy()
      throw error
    }
  }

  /**
   * Restores a file that a page sends. Resolves when the task has ended. A cancelled task destroys the stream. Call
   * {@link checkTarget} before, so that the page gets its error before it sends the file.
   * @throws BerthError the error of the failed task; backup.busy
   */
  async restoreUpload(target: RestoreTarget & { bytes: number }, file: Readable): Promise<object> {
    const { tasks } = this.#options
    const id = this.#startRestore(target, { file, bytes: target.bytes, labels: {}, devices: false })
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
    this.#schedules.close()
  }

  async #runScheduled(plan: BackupPlan): Promise<BerthError | 'interrupted' | undefined> {
    const { tasks, log } = this.#options
    const { volume, keep } = plan
    try {
      await this.#busy.get(volume)
      const task = await tasks.ended(this.#startBackup(plan, { scheduled: true }))
      if (task.state === 'interrupted') return 'interrupted'
      if (task.error !== null) return BerthError.fromData(task.error)
    } catch (error) {
      return BerthError.from(error)
    }
    const old = this.#store.list().filter((backup) => backup.scheduled && backup.volume === volume)
    for (const { id } of old.slice(keep))
      await this.#store.remove(id).catch((error: unknown) => {
        log.warn({ volume, reason: String(error) }, 'could not remove an old backup')
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
          const { bytes } = await this.#paused(source, () =>
            this.#read(source, signal, (archive) =>
              this.#store.add({ volume, driver, labels, scheduled }, archive, { progress, signal }),
            ),
          )
          return { bytes }
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

  /** Pauses the containers that write to a volume, calls `work`, and resumes the containers. */
  async #paused<T>({ volume, pause }: BackupSource, work: () => Promise<T>): Promise<T> {
    const { engine, state } = this.#options
    const containers = pause
      ? [...state.containers.values()]
          .filter(({ state: phase }) => phase === 'running')
          .filter(({ mounts }) =>
            mounts.some(({ type, source, readOnly }) => type === 'volume' && source === volume && !readOnly),
          )
          .map(({ id }) => id)
      : []
    if (containers.length === 0) return work()
    return this.#unfinished.during({ kind: 'paused', containers }, async () => {
      for (const id of containers) await engine.containers.pause(id).catch(unlessEnded)
      return work()
    })
  }

  #startRestore(
    target: RestoreTarget,
    source: { file: Readable; bytes: number; labels: Record<string, string>; devices: boolean },
  ): string {
    const { tasks } = this.#options
    const { to } = target
    const { file, bytes: total, labels, devices } = source
    return this.#start(to, () =>
      tasks.start({
        kind: 'volume-restore',
        params: { volume: to },
        run: async (task: RunningTask<'volume-restore'>, signal) => {
          const abort = (): void => {
            file.destroy(new BerthError('upload.not-found'))
          }
          signal.addEventListener('abort', abort, { once: true })
          try {
            const seen = { folders: new Map<string, TarHeader>(), links: new Map<string, TarHeader>() }
            const content = decompressed(file, (done) => {
              task.progress({ done: Math.min(done, total), total, unit: 'bytes' })
            })
            const archive = unpackable(content, { devices, seen })
            await this.#fill(target, labels, (folder) =>
              unpack(this.#options.link, { folder, archive, seen }).then(() => {
                signal.throwIfAborted()
              }),
            )
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
    labels: Record<string, string>,
    fill: (folder: string) => Promise<void>,
  ): Promise<void> {
    const { engine, link } = this.#options
    const { to } = target
    await this.#checkVolume(target)
    if ((await engine.volumes.find(to)) !== undefined) {
      const { path } = await this.#folderOf(to)
      await this.#unfinished.during({ kind: 'replace', folder: path }, async () => {
        await fill(await makeFolderBeside(link, path))
        // A container may have started meanwhile.
        await this.#checkVolume(target)
        await swapIn(link, path)
      })
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

  /** @throws BerthError volume.name-taken, backup.volume-running, backup.volume-options, files.volume-unsupported */
  async #checkVolume({ to, replace }: RestoreTarget): Promise<void> {
    const { engine, state } = this.#options
    if ((await engine.volumes.find(to)) === undefined) return
    if (!replace) throw new BerthError('volume.name-taken', { volume: to })
    const users = [...state.containers.values()]
      .filter(isActive)
      .filter(({ mounts }) => mounts.some(({ type, source }) => type === 'volume' && source === to))
      .map(({ name }) => name)
    if (users.length > 0)
      throw new BerthError('backup.volume-running', { volume: to, containers: users.sort().join(', ') })
    if ((await this.#folderOf(to)).mountedInUse) throw new BerthError('backup.volume-options', { volume: to })
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
    const ended: Promise<Task> = this.#options.tasks.ended(id).finally(() => {
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
