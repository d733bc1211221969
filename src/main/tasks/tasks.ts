import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Word } from '../../shared/docker-commands'
import { BerthError, type ErrorCode } from '../../shared/errors'
import type { Task, TaskEvent, TaskKind, TaskLog, TaskOf, TaskProgress } from '../../shared/tasks'
import { BoundedFile, type Logger } from '../host'
import { message } from '../lib'
import { TaskHistory } from './task-history'
import { wholeCharacters } from './whole-characters'

/** How many ended tasks Berth keeps. */
export const keptTasks = 100
/** The most bytes of one task's log. */
const logBytes = 4_000_000
/** Milliseconds between two reports of a task's progress. */
const progressMs = 100

/** What a running task reports. */
export interface RunningTask<Kind extends TaskKind> {
  readonly id: string
  /** Replaces the progress. Cheap: the windows get at most ten reports a second. */
  progress(progress: TaskProgress): void
  /** Replaces the state of the task's parts, such as the layers of a pull. Cheap, like `progress`. */
  detail(detail: NonNullable<TaskOf<Kind>['detail']>): void
  /**
   * Appends text to the task's log. The text has to contain its own newlines. Never rejects. A task with much output
   * waits for the promise, so that the output does not gather in memory.
   */
  log(text: string): Promise<void>
  /** From now on, a cancel does nothing, because the work is as good as done. */
  commit(): void
}

export interface TaskSpec<Kind extends TaskKind> {
  kind: Kind
  params: TaskOf<Kind>['params']
  /** The docker command that does the same. Must have no secrets, because the history keeps it on the disk. */
  command?: readonly Word[]
  /** False if the task does not need the machine. While a task needs the machine, the machine does not pause. */
  usesMachine?: boolean
  /** Errors that the user must see even if they follow a cancel. The task then is `failed`. */
  errorsAfterCancel?: readonly ErrorCode[]
  /**
   * Does the work. After an abort of the signal, the promise must settle as soon as nothing of the work runs any more,
   * and nothing half done is left. The task then is `cancelled`, however the promise settles, except for
   * `errorsAfterCancel`.
   */
  run: (task: RunningTask<Kind>, signal: AbortSignal) => Promise<NonNullable<TaskOf<Kind>['result']>>
}

interface Entry {
  task: Task
  /** Undefined for a task of an earlier run of Berth. */
  job: Job | undefined
  log: BoundedFile | undefined
}

interface Job {
  usesMachine: boolean
  cancelling: AbortController
  /** Settles when the task has ended. Never rejects. */
  ended: Promise<void>
  /** Set while a report of progress waits for its time. */
  timer: NodeJS.Timeout | undefined
  reportedAt: number
}

/**
 * The long jobs of Berth. A task continues if its window is reloaded or closed, unless this window sends or receives
 * the task's file. Ended tasks and their logs are kept in files, so that they are still listed after Berth has started
 * again.
 */
export class Tasks extends EventEmitter<{ change: [TaskEvent] }> {
  readonly #folder: string
  readonly #log: Logger
  readonly #history: TaskHistory
  /** In the order of their starts. */
  readonly #entries = new Map<string, Entry>()
  #closing = false

  private constructor(options: { folder: string; log: Logger; history: TaskHistory }) {
    super()
    this.#folder = options.folder
    this.#log = options.log
    this.#history = options.history
  }

  /**
   * Reads the tasks of earlier runs of Berth. `folder` belongs to the tasks alone. If the files cannot be read, begins
   * without earlier tasks, and leaves the files as they are.
   */
  static async open({ folder, log }: { folder: string; log: Logger }): Promise<Tasks> {
    try {
      return await Tasks.#read(folder, log)
    } catch (error) {
      log.warn({ reason: message(error) }, 'could not read the history of tasks')
      return new Tasks({ folder, log, history: TaskHistory.unread(folder) })
    }
  }

  static async #read(folder: string, log: Logger): Promise<Tasks> {
    const { history, tasks: kept } = await TaskHistory.open(folder)
    const tasks = new Tasks({ folder, log, history })
    const logs = await BoundedFile.names(folder)
    for (const task of kept.slice(-keptTasks)) {
      const name = logName(task.id)
      const file = logs.has(name) ? await tasks.#openLog(task.id) : undefined
      const reach = { start: file?.start ?? 0, end: file?.end ?? 0 }
      tasks.#entries.set(task.id, { task: { ...task, log: reach }, job: undefined, log: file })
    }
    for (const name of logs)
      if (name !== 'history' && !tasks.#entries.has(name.replace(/\.log$/, '')))
        await (await BoundedFile.open({ folder, name, limit: logBytes })).remove()
    return tasks
  }

  /** All tasks, oldest first. */
  list(): Task[] {
    return [...this.#entries.values()].map(({ task }) => task)
  }

  /** @throws BerthError task.not-found */
  get(id: string): Task {
    return this.#entry(id).task
  }

  /** True while a task runs that needs the machine. */
  get needMachine(): boolean {
    return [...this.#entries.values()].some(
      ({ task, job }) => task.state === 'running' && job?.usesMachine === true,
    )
  }

  /** Starts a task, and returns its id. */
  start<Kind extends TaskKind>(spec: TaskSpec<Kind>): string {
    const id = randomUUID()
    const { kind, params, command, usesMachine = true } = spec
    const task = {
      id,
      kind,
      params,
      ...(command === undefined ? {} : { command: [...command] }),
      state: 'running',
      startedAt: Date.now(),
      endedAt: null,
      progress: null,
      detail: null,
      result: null,
      error: null,
      log: { start: 0, end: 0 },
      // TypeScript cannot see that `kind` and `params` belong together.
    } as unknown as Task
    const job: Job = {
      usesMachine,
      cancelling: new AbortController(),
      ended: Promise.resolve(),
      timer: undefined,
      reportedAt: 0,
    }
    const entry: Entry = { task, job, log: undefined }
    this.#entries.set(id, entry)
    void this.#keep(task)
    this.emit('change', { type: 'task', task })
    job.ended = this.#run(entry, job, spec)
    return id
  }

  /**
   * Cancels a running task, unless it is too late for that. Resolves when the task has ended.
   * @throws BerthError task.not-found
   */
  async cancel(id: string): Promise<void> {
    const { job, task } = this.#entry(id)
    if (task.committed !== true) job?.cancelling.abort()
    await job?.ended
  }

  /**
   * Resolves with a task once it has ended.
   * @throws BerthError task.not-found
   */
  async ended(id: string): Promise<Task> {
    const entry = this.#entry(id)
    await entry.job?.ended
    return entry.task
  }

  /**
   * Removes an ended task and its log.
   * @throws BerthError task.not-found, task.still-running; host.no-space, host.folder-unwritable
   */
  async dismiss(id: string): Promise<void> {
    const { task } = this.#entry(id)
    if (task.state === 'running') throw new BerthError('task.still-running')
    await this.#history.dismiss([id])
    await this.#forget(id)
  }

  /**
   * Removes all ended tasks and their logs.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  async dismissEnded(): Promise<void> {
    const ended = this.list().filter(({ state }) => state !== 'running')
    const ids = ended.map(({ id }) => id)
    await this.#history.dismiss(ids)
    for (const id of ids) await this.#forget(id)
  }

  /**
   * Reads a part of a task's log, at most `bytes` bytes.
   * @throws BerthError task.not-found
   */
  async readLog(id: string, from: number, bytes: number): Promise<TaskLog> {
    const { log, task } = this.#entry(id)
    if (log === undefined) return { text: '', start: 0, next: 0 }
    const part = await log.read(from, bytes)
    // The last character of a running task's log may still be incomplete. An ended task gets no more bytes.
    const isLast = part.start + part.bytes.length >= log.end && task.state !== 'running'
    const { text, skipped, used } = wholeCharacters(part.bytes, isLast)
    return { text, start: part.start + skipped, next: part.start + used }
  }

  /** Deletes all ended tasks and all files of tasks, for a factory reset. */
  async forget(): Promise<void> {
    for (const { id, state } of this.list()) if (state !== 'running') await this.#forget(id)
    await this.#history.remove()
  }

  /** Ends all tasks before Berth quits. They will be `interrupted`, because the user has not cancelled them. */
  async closeAll(): Promise<void> {
    this.#closing = true
    const entries = [...this.#entries.values()]
    for (const { job, task } of entries) if (task.committed !== true) job?.cancelling.abort()
    await Promise.all(entries.flatMap(({ job }) => job?.ended ?? []))
    await this.#history.close()
  }

  async #run<Kind extends TaskKind>(
    entry: Entry,
    job: Job,
    { run, errorsAfterCancel = [] }: TaskSpec<Kind>,
  ): Promise<void> {
    const { signal } = job.cancelling
    const running: RunningTask<Kind> = {
      id: entry.task.id,
      progress: (progress) => {
        entry.task = { ...entry.task, progress }
        this.#report(entry, job)
      },
      detail: (detail) => {
        entry.task = { ...entry.task, detail } as Task
        this.#report(entry, job)
      },
      log: (text) => this.#append(entry, job, text),
      commit: () => {
        entry.task = { ...entry.task, committed: true }
        this.#report(entry, job)
      },
    }
    let end: Pick<Task, 'state' | 'error'> & { result?: unknown }
    try {
      // The caller gets the id before the work begins.
      await Promise.resolve()
      signal.throwIfAborted()
      const result = await run(running, signal)
      end = { state: 'succeeded', error: null, result }
    } catch (error) {
      const failure = BerthError.from(error)
      if (failure.code === 'internal' && !signal.aborted)
        this.#log.error({ err: error, task: entry.task.kind }, 'a task failed')
      end = { state: 'failed', error: failure.toData() }
    }
    const isShown = end.error !== null && errorsAfterCancel.includes(end.error.code)
    if (signal.aborted && !isShown) end = { state: this.#closing ? 'interrupted' : 'cancelled', error: null }
    await this.#closeLog(entry)
    clearTimeout(job.timer)
    entry.task = { ...entry.task, ...end, endedAt: Date.now() } as Task
    this.emit('change', { type: 'task', task: entry.task })
    await this.#keep(entry.task)
    await this.#dropOldest()
  }

  async #closeLog({ log }: Entry): Promise<void> {
    try {
      await log?.close()
    } catch (error) {
      this.#log.warn({ reason: message(error) }, 'could not close the log of a task')
    }
  }

  /** Reports a task to the windows: now, or `progressMs` after its last report. */
  #report(entry: Entry, job: Job): void {
    if (job.timer !== undefined || entry.task.state !== 'running') return
    const report = () => {
      job.timer = undefined
      job.reportedAt = performance.now()
      this.emit('change', { type: 'task', task: entry.task })
    }
    const wait = job.reportedAt + progressMs - performance.now()
    if (wait <= 0) report()
    else job.timer = setTimeout(report, wait)
  }

  async #append(entry: Entry, job: Job, text: string): Promise<void> {
    if (text === '') return
    try {
      entry.log ??= this.#newLog(entry.task.id)
      const file = entry.log
      await file.append(text)
      entry.task = { ...entry.task, log: { start: file.start, end: file.end } }
      this.#report(entry, job)
    } catch (error) {
      this.#log.warn({ reason: message(error) }, 'could not write the log of a task')
    }
  }

  async #keep(task: Task): Promise<void> {
    try {
      await this.#history.keep(task)
    } catch (error) {
      this.#log.warn({ reason: message(error) }, 'could not write the history of tasks')
    }
  }

  async #dropOldest(): Promise<void> {
    const ended = this.list().filter(({ state }) => state !== 'running')
    try {
      for (const { id } of ended.slice(0, -keptTasks)) await this.#forget(id)
    } catch (error) {
      this.#log.warn({ reason: message(error) }, 'could not delete the log of a task')
    }
  }

  async #forget(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (!this.#entries.delete(id)) return
    this.emit('change', { type: 'removed', id })
    await entry?.log?.remove()
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new BerthError('task.not-found')
    return entry
  }

  #newLog(id: string): BoundedFile {
    return BoundedFile.create({ folder: this.#folder, name: logName(id), limit: logBytes })
  }

  #openLog(id: string): Promise<BoundedFile> {
    return BoundedFile.open({ folder: this.#folder, name: logName(id), limit: logBytes })
  }
}

function logName(id: string): string {
  return `${id}.log`
}
