import { z } from 'zod'
import { isChangeTask } from '../../shared/container-changes'
import { type Task, taskSchema } from '../../shared/tasks'
import { RecordFile } from '../host'

/** The most bytes of the history. A record of a usual task has less than 1 kB. */
const historyBytes = 2_000_000

const recordSchema = z.union([z.object({ task: taskSchema }), z.object({ dismissed: z.string() })])
type TaskRecord = z.infer<typeof recordSchema>

/** The tasks of this and earlier runs of Berth, in a file. Each record has the whole task, so the newest one counts. */
export class TaskHistory {
  readonly #file: RecordFile<TaskRecord>

  private constructor(file: RecordFile<TaskRecord>) {
    this.#file = file
  }

  /** A history that continues a file without reading it. */
  static unread(folder: string): TaskHistory {
    return new TaskHistory(RecordFile.unread(fileIn(folder)))
  }

  /** Reads the history. Tasks that ran when Berth ended are `interrupted`. The oldest task is first. */
  static async open(folder: string): Promise<{ history: TaskHistory; tasks: Task[] }> {
    const { file, records } = await RecordFile.open(fileIn(folder), recordSchema)
    const tasks = new Map<string, Task>()
    for (const record of records) apply(record, tasks)
    return { history: new TaskHistory(file), tasks: [...tasks.values()].map(afterRestart) }
  }

  /** @throws BerthError host.no-space, host.folder-unwritable; the system's error */
  keep(task: Task): Promise<void> {
    return this.#file.append({ task: keptTask(task) })
  }

  /** @throws as {@link keep} */
  dismiss(ids: readonly string[]): Promise<void> {
    return this.#file.append(...ids.map((dismissed) => ({ dismissed })))
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  remove(): Promise<void> {
    return this.#file.remove()
  }
}

function fileIn(folder: string) {
  return { folder, name: 'history', limit: historyBytes }
}

function apply(record: TaskRecord, tasks: Map<string, Task>): void {
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
