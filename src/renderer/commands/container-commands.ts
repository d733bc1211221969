import { isActive, type Container } from '../../shared/containers'
import {
  containerCommand,
  exportCommand,
  killCommand,
  startAttachedCommand,
} from '../../shared/docker-commands/container-commands'
import { isTaggable } from '../../shared/image-references'
import { isSwarmTask } from '../../shared/swarm'
import { api, saveDownload } from '../api'
import { useContainerActions } from '../composables/use-container-actions'
import { allowedActions, type ContainerAction } from '../lib/containers'
import { useContainerGroups } from '../stores/container-groups'
import type { useDialogs } from '../stores/dialogs'
import { useTerminals } from '../stores/terminals'
import type { ObjectCommand } from './command'
import { useCommandTools } from './tools'

type ShownDialog = Parameters<ReturnType<typeof useDialogs>['show']>[0]
type ContainerDialog = Extract<ShownDialog, { name: 'container' }>['dialog']
type ContainerCommand = ObjectCommand<Container>

/** The commands of a container, in the order of its menu. */
export function useContainerCommands(): ContainerCommand[] {
  const { open, copy, leave, show, failure } = useCommandTools()
  const { busy, act, remove } = useContainerActions()
  const groups = useContainerGroups()
  const terminals = useTerminals()

  const swarmReason = (container: Container) => (isSwarmTask(container) ? 'run.swarmTask' : undefined)
  const isBusy = ({ id }: Container): boolean => busy.value.has(id)
  function action(
    name: ContainerAction,
    look: Pick<ContainerCommand, 'icon' | 'applies' | 'destroys'>,
  ): ContainerCommand {
    return {
      ...look,
      id: `container.${name}`,
      text: `containers.${name}`,
      section: 1,
      enabled: (container) => allowedActions(container)[name],
      busy: isBusy,
      dockerCommand: (container) =>
        name === 'kill' ? killCommand(container.name, 'SIGKILL') : containerCommand(name, [container.name]),
      run: (container) => void act(container, name),
    }
  }
  function dialog(name: ContainerDialog, look: Omit<ContainerCommand, 'id' | 'run'>): ContainerCommand {
    return {
      ...look,
      id: `container.${name}`,
      run: ({ id }) => {
        show({ name: 'container', dialog: name, ids: [id] })
      },
    }
  }
  function tab(name: 'logs' | 'files' | 'inspect' | 'processes', icon: string): ContainerCommand {
    return {
      id: `container.${name}`,
      text: `containers.${name}`,
      icon,
      section: 4,
      offline: true,
      run: ({ id }) => {
        open({ name: 'container', params: { id, tab: name } })
      },
    }
  }
  function pin(pinned: boolean): ContainerCommand {
    return {
      id: pinned ? 'container.pin' : 'container.unpin',
      text: pinned ? 'bulk.pin' : 'bulk.unpin',
      icon: pinned ? 'i-lucide-pin' : 'i-lucide-pin-off',
      section: 2,
      offline: true,
      applies: ({ name }) => groups.pinned.has(name) !== pinned,
      run: ({ name }) => {
        api.containerGroups.pin({ names: [name], pinned }).catch(failure)
      },
    }
  }

  return [
    action('start', { icon: 'i-lucide-play', applies: (container) => !isActive(container) }),
    action('unpause', { icon: 'i-lucide-play', applies: ({ state }) => state === 'paused' }),
    action('stop', { icon: 'i-lucide-square', applies: isActive }),
    action('pause', { icon: 'i-lucide-pause', applies: ({ state }) => state !== 'paused' }),
    action('restart', { icon: 'i-lucide-rotate-cw' }),
    dialog('attach', {
      text: 'bulk.attached',
      icon: 'i-lucide-square-play',
      section: 1,
      enabled: (container) => allowedActions(container).start,
      busy: isBusy,
      dockerCommand: ({ name, tty }) => startAttachedCommand(name, { tty }),
    }),
    dialog('signal', { text: 'bulk.signal', icon: 'i-lucide-zap', section: 1, enabled: isActive }),
    action('kill', { icon: 'i-lucide-octagon-x', destroys: true }),
    {
      id: 'container.edit',
      text: 'run.edit',
      icon: 'i-lucide-sliders-horizontal',
      section: 2,
      enabled: (container) => !isSwarmTask(container),
      reason: swarmReason,
      busy: isBusy,
      run: ({ id }) => {
        open({ name: 'container-edit', params: { id } })
      },
    },
    {
      id: 'container.update',
      text: 'run.update',
      icon: 'i-lucide-circle-arrow-up',
      section: 2,
      // A container of an image id or a digest has nothing to update.
      applies: ({ image }) => isTaggable(image),
      enabled: (container) => !isSwarmTask(container),
      reason: swarmReason,
      busy: isBusy,
      run: (container) => {
        show({ name: 'update', container })
      },
    },
    dialog('rename', { text: 'bulk.rename', icon: 'i-lucide-pencil', section: 2, busy: isBusy }),
    dialog('group', { text: 'bulk.moveToGroup', icon: 'i-lucide-folder-input', section: 2, offline: true }),
    pin(true),
    pin(false),
    dialog('commit', { text: 'bulk.commit', icon: 'i-lucide-package-plus', section: 3, busy: isBusy }),
    {
      id: 'container.export',
      text: 'bulk.export',
      icon: 'i-lucide-download',
      section: 3,
      dockerCommand: ({ name }) => exportCommand(name),
      run: ({ id }) => {
        api.containers.export({ id }).then(saveDownload, failure)
      },
    },
    dialog('command', {
      text: 'dockerCommand.show',
      icon: 'i-lucide-square-chevron-right',
      section: 3,
      enabled: (container) => !isSwarmTask(container),
      reason: swarmReason,
    }),
    {
      id: 'container.copy-id',
      text: 'containers.copyId',
      icon: 'i-lucide-copy',
      section: 4,
      offline: true,
      run: ({ id }) => {
        copy(id)
      },
    },
    {
      id: 'container.shell',
      text: 'containers.openShell',
      icon: 'i-lucide-terminal',
      section: 4,
      enabled: ({ state }) => state === 'running',
      run: ({ id }) => {
        terminals.openWindow({ kind: 'container', containerId: id })
      },
    },
    {
      id: 'container.open',
      text: 'containers.summary',
      icon: 'i-lucide-info',
      section: 4,
      opens: true,
      offline: true,
      run: ({ id }) => {
        open({ name: 'container', params: { id } })
      },
    },
    tab('logs', 'i-lucide-scroll-text'),
    tab('files', 'i-lucide-folder'),
    tab('processes', 'i-lucide-activity'),
    tab('inspect', 'i-lucide-braces'),
    {
      id: 'container.remove',
      text: 'action.remove',
      icon: 'i-lucide-trash-2',
      section: 5,
      destroys: true,
      keys: 'Delete',
      busy: isBusy,
      run: (container) => {
        void remove(container).then((removed) => {
          if (removed) leave('container', 'id', container.id, 'containers')
        })
      },
    },
  ]
}
