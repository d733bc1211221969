import type { BuildSummary } from '../../shared/builds'
import type { BulkAction } from '../../shared/container-actions'
import type { Task } from '../../shared/tasks'
import { api } from '../api'
import { affected, useBulkActions } from '../composables/use-bulk-actions'
import type { ContainerGroup } from '../lib/container-groups'
import { useTasks } from '../stores/tasks'
import type { ObjectCommand } from './command'
import { useCommandTools } from './tools'

/** The commands of a compose project. They concern all its containers. */
export function useProjectCommands(): ObjectCommand<ContainerGroup>[] {
  const { open } = useCommandTools()
  const bulk = useBulkActions()
  function action(name: BulkAction, icon: string): ObjectCommand<ContainerGroup> {
    return {
      id: `project.${name}`,
      text: name === 'remove' ? 'action.remove' : `containers.${name}`,
      icon,
      section: name === 'remove' ? 2 : 1,
      ...(name === 'remove' ? { destroys: true } : {}),
      enabled: ({ members }) => affected(members, name).length > 0,
      run: ({ members }) => void bulk.run(name, members),
    }
  }
  return [
    {
      id: 'project.open',
      text: 'commands.showProject',
      icon: 'i-lucide-boxes',
      section: 1,
      opens: true,
      offline: true,
      run: ({ name }) => {
        open({ name: 'compose-project', params: { name } })
      },
    },
    {
      id: 'project.containers',
      text: 'commands.showContainers',
      icon: 'i-lucide-box',
      section: 1,
      offline: true,
      run: ({ name }) => {
        open({ name: 'containers', query: { search: `project:"${name}"` } })
      },
    },
    action('start', 'i-lucide-play'),
    action('stop', 'i-lucide-square'),
    action('restart', 'i-lucide-rotate-cw'),
    action('pause', 'i-lucide-pause'),
    action('unpause', 'i-lucide-play'),
    action('remove', 'i-lucide-trash-2'),
  ]
}

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
