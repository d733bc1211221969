import { defineStore } from 'pinia'
import { computed } from 'vue'
import { BerthError } from '../../shared/errors'
import type { LayerProgress } from '../../shared/images'
import type { TaskOf } from '../../shared/tasks'
import { api } from '../api'
import { useTasks } from './tasks'

export interface PullTask {
  taskId: string
  reference: string
  layers: LayerProgress[]
  ended: boolean
  cancelled: boolean
  error: BerthError | null
}

/** Pulls and pushes of images. They are tasks, so they continue if the user closes their dialog or reloads the page. */
export const usePulls = defineStore('pulls', () => {
  const tasks = useTasks()

  function find(taskId: string): PullTask | undefined {
    const task = tasks.find(taskId)
    if (task?.kind !== 'pull' && task?.kind !== 'push') return undefined
    return {
      taskId,
      reference: task.params.reference,
      layers: task.detail?.layers ?? [],
      ended: task.state !== 'running',
      cancelled: tasks.cancelling.has(taskId) || task.state === 'cancelled' || task.state === 'interrupted',
      error: task.error === null ? null : BerthError.fromData(task.error),
    }
  }
  /** Starts a pull, and returns the task's id. */
  async function start(reference: string): Promise<string> {
    return (await api.images.pull({ reference })).taskId
  }
  function cancel(taskId: string): Promise<void> {
    return tasks.cancel(taskId)
  }
  /** The names of the images that were pulled before, newest first. */
  const history = computed(() => [
    ...new Set(
      tasks.newestFirst
        .filter((task): task is TaskOf<'pull'> => task.kind === 'pull' && task.state === 'succeeded')
        .map(({ params }) => params.reference),
    ),
  ])

  return { find, start, cancel, history }
})
