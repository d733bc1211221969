import type { BulkAction } from '../../shared/container-actions'
import type { Container } from '../../shared/containers'
import { isSwarmTask } from '../../shared/swarm'
import { api } from '../api'
import { useActions } from '../composables/use-actions'
import { affected, useBulkActions } from '../composables/use-bulk-actions'
import { useText } from '../composables/use-text'
import type { ContainerGroup } from '../lib/container-groups'
import { useContainerSelection } from '../stores/container-selection'
import type { ObjectCommand } from './command'
import { useCommandTools } from './tools'

const icons: Record<BulkAction, string> = {
  start: 'i-lucide-play',
  stop: 'i-lucide-square',
  restart: 'i-lucide-rotate-cw',
  pause: 'i-lucide-pause',
  unpause: 'i-lucide-step-forward',
  remove: 'i-lucide-trash-2',
}
const actions = ['start', 'stop', 'restart', 'pause', 'unpause'] as const

/** Returns what makes the commands that act on several containers. `kind` is the first part of their ids. */
function useBulkCommands<T>(kind: string, membersOf: (object: T) => readonly Container[]) {
  const bulk = useBulkActions()
  const command = (
    name: BulkAction,
    look: Pick<ObjectCommand<T>, 'text' | 'section'> & Partial<ObjectCommand<T>>,
  ): ObjectCommand<T> => ({
    id: `${kind}.${name}`,
    icon: icons[name],
    enabled: (object) => affected(membersOf(object), name).length > 0,
    busy: (object) => membersOf(object).some(({ id }) => bulk.busy.value.has(id)),
    dockerCommand: (object) => bulk.commandOf(name, membersOf(object)),
    run: (object) => void bulk.run(name, membersOf(object)),
    ...look,
  })
  return {
    changes: actions.map((name) => command(name, { text: `containers.${name}`, section: 1 })),
    remove: (look: { text: string; section: number; keys?: string }) =>
      command('remove', { destroys: true, ...look }),
  }
}

/** The commands of a compose project. They concern all its containers. */
export function useProjectCommands(): ObjectCommand<ContainerGroup>[] {
  const { open } = useCommandTools()
  const { changes, remove } = useBulkCommands<ContainerGroup>('project', ({ members }) => members)
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
    ...changes,
    remove({ text: 'action.remove', section: 2 }),
  ]
}

/** The commands of the user's own group of containers. */
export function useGroupCommands(): ObjectCommand<ContainerGroup>[] {
  const { open, show } = useCommandTools()
  const { run } = useActions()
  const { t } = useText()
  const { changes, remove } = useBulkCommands<ContainerGroup>('group', ({ members }) => members)
  return [
    {
      id: 'group.open',
      text: 'commands.showContainers',
      icon: 'i-lucide-box',
      section: 1,
      opens: true,
      offline: true,
      run: ({ name }) => {
        open({ name: 'containers', query: { search: `group:"${name}"` } })
      },
    },
    ...changes,
    {
      id: 'group.rename',
      text: 'bulk.renameGroup',
      icon: 'i-lucide-folder-pen',
      section: 2,
      offline: true,
      run: ({ name }) => {
        show({ name: 'rename-group', group: name })
      },
    },
    {
      id: 'group.dissolve',
      text: 'bulk.removeGroup',
      icon: 'i-lucide-folder-x',
      section: 2,
      offline: true,
      run: ({ name }) => {
        void run(
          `group ${name}`,
          () => api.containerGroups.remove({ group: name }),
          () => t('bulk.groupRemoved', { name }),
        )
      },
    },
    remove({ text: 'bulk.removeMembers', section: 3 }),
  ]
}

/** The commands of the selected rows of the list of containers. */
export function useSelectionCommands(): ObjectCommand<readonly Container[]>[] {
  const { show } = useCommandTools()
  const selection = useContainerSelection()
  const { changes, remove } = useBulkCommands<readonly Container[]>('selection', (containers) => containers)
  return [
    ...changes,
    remove({ text: 'action.remove', section: 1, keys: 'Delete' }),
    {
      id: 'selection.group',
      text: 'bulk.moveToGroup',
      icon: 'i-lucide-folder-input',
      section: 2,
      offline: true,
      run: (containers) => {
        show({ name: 'container', dialog: 'group', ids: containers.map(({ id }) => id) })
      },
    },
    {
      id: 'selection.command',
      text: 'dockerCommand.showMany',
      icon: 'i-lucide-square-chevron-right',
      section: 2,
      enabled: (containers) => !containers.some(isSwarmTask),
      run: (containers) => {
        show({ name: 'container', dialog: 'command', ids: containers.map(({ id }) => id) })
      },
    },
    {
      id: 'selection.clear',
      text: 'bulk.clear',
      icon: 'i-lucide-x',
      keys: 'Escape',
      section: 2,
      offline: true,
      run: selection.clear,
    },
  ]
}
