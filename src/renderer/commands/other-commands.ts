import type { BuildSummary } from '../../shared/builds'
import type { Task } from '../../shared/tasks'
import { api } from '../api'
import { useTasks } from '../stores/tasks'
import type { ObjectCommand } from './command'
import { useCommandTools } from './tools'

/** The commands of a build. */
export function useBuildCommands(): ObjectCommand<BuildSummary>[] {
  const { open, failure } = useCommandTools()
  return [
    {
      id: 'build.open',
      text: 'builds.showBuild',
      icon: 'i-lucide-hammer',
      section: 1,
      opens: true,
      offline: true,
      run: ({ id }) => {
        open({ name: 'build', params: { id } })
      },
    },
    {
      id: 'build.cancel',
      text: 'action.cancel',
      icon: 'i-lucide-circle-slash',
      section: 1,
      applies: ({ status, origin }) => status === 'running' && origin === 'berth',
      run: ({ id }) => {
        api.builds.cancel({ id }).catch(failure)
      },
    },
  ]
}

/** The commands of a task. */
export function useTaskCommands(): ObjectCommand<Task>[] {
  const tasks = useTasks()
  return [
    {
      id: 'task.show',
      text: 'tasks.showTask',
      icon: 'i-lucide-list-checks',
      section: 1,
      opens: true,
      offline: true,
      run: ({ id }) => {
        tasks.show(id)
      },
    },
    {
      id: 'task.cancel',
      text: 'action.cancel',
      icon: 'i-lucide-circle-slash',
      section: 1,
      offline: true,
      applies: ({ state, committed }) => state === 'running' && committed !== true,
      run: ({ id }) => void tasks.cancel(id),
    },
    {
      id: 'task.dismiss',
      text: 'commands.dismissTask',
      icon: 'i-lucide-x',
      section: 1,
      offline: true,
      applies: ({ state }) => state !== 'running',
      run: ({ id }) => void tasks.dismiss(id),
    },
  ]
}
