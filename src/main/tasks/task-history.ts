import { z } from 'zod'
import { isChangeTask } from '../../shared/container-changes'
import { type Task, taskSchema } from '../../shared/tasks'
import { BoundedFile } from '../host'

/** The most bytes of the history. A record of a usual task has less than 1 kB. */
const historyBytes = 2_000_000
const readBytes = 256_000

const recordSchema = z.union([z.object({ task: taskSchema }), z.object({ dismissed: z.string() })])
type Record = z.infer<typeof recordSchema>

/**
 * The tasks of this and earlier runs of Berth, in a file with one record of JSON in each line. Each record of a task
 * has the whole task, so the newest record of a task counts. A line that is not a valid record is ignored: a crash may
 * have cut it off, or its task is of a kind that this version of Berth does not know.
 */
export class TaskHistory {
  readonly #file: BoundedFile

  private constructor(file: BoundedFile) {
    this.#file = file
  }

  /** A history that continues a file without reading it. */
  static unread(folder: string): TaskHistory {
    return new TaskHistory(BoundedFile.create({ folder, name: 'history', limit: historyBytes }))
  }

  /** Reads the history. Tasks that ran when Berth ended are `interrupted`. The oldest task is first. */
  static async open(folder: string): Promise<{ history: TaskHistory; tasks: Task[] }> {
    const file = await BoundedFile.open({ folder, name: 'history', limit: historyBytes })
    const tasks = new Map<string, Task>()
    for (const record of records(await readAll(file))) apply(record, tasks)
    return { history: new TaskHistory(file), tasks: [...tasks.values()].map(afterRestart) }
  }

  /** @throws BerthError host.no-space, host.folder-unwritable; the system's error */
  keep(task: Task): Promise<void> {
    return this.#append([{ task: keptTask(task) }])
  }

  /** @throws as {@link keep} */
  dismiss(ids: readonly string[]): Promise<void> {
    return this.#append(ids.map((dismissed) => ({ dismissed })))
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  remove(): Promise<void> {
    return this.#file.remove()
  }

  /** The newline before the records ends a line that a crash has cut off. */
  #append(records: readonly Record[]): Promise<void> {
    return this.#file.append(`\n${records.map((record) => `${JSON.stringify(record)}\n`).join('')}`)
  }
}

async function readAll(file: BoundedFile): Promise<string> {
  const parts: Buffer[] = []
  for (let position = file.start; position < file.end;) {
    const { start, bytes } = await file.read(position, readBytes)
    if (bytes.length === 0) break
    parts.push(bytes)
    position = start + bytes.length
  }
  return Buffer.concat(parts).toString('utf8')
}

function records(text: string): Record[] {
  return text.split('\n').flatMap((line) => {
    try {
      const { data } = recordSchema.safeParse(JSON.parse(line))
      return data === undefined ? [] : [data]
    } catch {
      return []
    }
  })
}

function apply(record: Record, tasks: Map<string, Task>): void {
  if ('task' in record) tasks.set(record.task.id, record.task)
  else tasks.delete(record.dismissed)
}

/** The steps of a change of a container are few, and users look at them later. Other details would fill the history. */
function keptTask(task: Task): Task {
  if (!isChangeTask(task)) return { ...task, detail: null }
  return task.detail === null ? task : { ...task, detail: { ...task.detail, layers: [] } }
}

function afterRestart(task: Task): Task {
  return task.state === 'running' ? { ...task, state: 'interrupted', progress: null } : task
}
