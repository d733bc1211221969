import { formatBytes } from '../../shared/bytes'
import { isLayerDone } from '../../shared/layer-states'
import type { Task, TaskEvent, TaskState } from '../../shared/tasks'
import { translate } from './i18n'

/** Applies an event to the tasks in place. Returns the tasks that have ended since the last event. */
export function applyTaskEvent(tasks: Map<string, Task>, event: TaskEvent): Task[] {
  if (event.type === 'removed') {
    tasks.delete(event.id)
    return []
  }
  const changed = event.type === 'task' ? [event.task] : event.tasks
  const ended = changed.filter(({ id, state }) => state !== 'running' && tasks.get(id)?.state === 'running')
  if (event.type === 'snapshot') tasks.clear()
  for (const task of changed) tasks.set(task.id, task)
  return ended
}

/** Returns the title of a task in the user's language, such as `Pull node:latest`. */
export function taskTitle(task: Task): string {
  const params = task.kind === 'image-save' ? { images: task.params.images.join(', ') } : task.params
  return translate(`tasks.title.${task.kind}`, params)
}

/** Returns the names of the images that the tasks have pulled, in the order of the tasks. */
export function pulledReferences(tasks: readonly Task[]): string[] {
  return tasks.flatMap((task) =>
    task.kind === 'pull' && task.state === 'succeeded' ? [task.params.reference] : [],
  )
}

export const taskLooks: Record<TaskState, { icon: string; colour: string }> = {
  running: { icon: 'i-lucide-loader-circle', colour: 'text-primary' },
  succeeded: { icon: 'i-lucide-circle-check', colour: 'text-success' },
  failed: { icon: 'i-lucide-circle-alert', colour: 'text-error' },
  cancelled: { icon: 'i-lucide-circle-slash', colour: 'text-dimmed' },
  interrupted: { icon: 'i-lucide-circle-pause', colour: 'text-warning' },
}

/** Returns how much of a task is done, in percent. Returns null if nobody knows. */
export function taskPercent({ progress }: Task): number | null {
  if (progress?.total === undefined || progress.total === 0) return null
  return Math.min(100, Math.floor((progress.done / progress.total) * 100))
}

/** Returns a text such as `2 of 5 layers`. Returns an empty text before the first report. */
export function taskProgressText(task: Task): string {
  const { progress } = task
  if ((task.kind === 'pull' || task.kind === 'push') && task.detail !== null) {
    const { layers } = task.detail
    return translate('tasks.layersDone', { done: layers.filter(isLayerDone).length, total: layers.length })
  }
  if (progress === null) return ''
  if (progress.unit === 'steps')
    return translate('tasks.stepsDone', { done: Math.floor(progress.done), total: progress.total ?? '?' })
  const done = formatBytes(progress.done)
  return progress.total === undefined
    ? done
    : translate('tasks.bytesDone', { done, total: formatBytes(progress.total) })
}
