import { formatBytes } from '../../shared/bytes'
import { changeOf, isChangeTask } from '../../shared/container-changes'
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
  if (task.kind === 'compose') {
    const { project, action, services } = task.params
    const name = services.length === 0 ? project : `${project} (${services.join(', ')})`
    return translate(`tasks.title.compose.${action}`, { name })
  }
  if (isChangeTask(task)) {
    const { name, image } = task.params
    return translate(`tasks.title.${task.kind}`, { name: name || image })
  }
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

/** Returns a text such as `2 of 5 layers`, or the present step. Returns an empty text before the first report. */
export function taskProgressText(task: Task): string {
  const { progress } = task
  if ((task.kind === 'pull' || task.kind === 'push') && task.detail !== null) {
    const { layers } = task.detail
    return translate('tasks.layersDone', { done: layers.filter(isLayerDone).length, total: layers.length })
  }
  const step = changeOf(task)?.steps.at(-1)
  if (isChangeTask(task) && step !== undefined) {
    const { name } = step
    if (task.kind === 'container-run' && (name === 'create' || name === 'start'))
      return translate(`run.runStep.${name}`)
    return translate(`run.step.${name}`, { image: task.params.image })
  }
  if (progress === null) return ''
  if (progress.unit === 'steps')
    return translate('tasks.stepsDone', { done: Math.floor(progress.done), total: progress.total ?? '?' })
  const done = formatBytes(progress.done)
  return progress.total === undefined
    ? done
    : translate('tasks.bytesDone', { done, total: formatBytes(progress.total) })
}
