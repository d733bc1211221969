import { computed } from 'vue'
import { useRouter } from 'vue-router'
import { api } from '../api'
import { useMachineActions } from '../composables/use-machine-actions'
import { useText } from '../composables/use-text'
import { useDialogs } from '../stores/dialogs'
import { useMachine } from '../stores/machine'
import { useNotifications } from '../stores/notifications'
import { useTasks } from '../stores/tasks'
import { useTerminals } from '../stores/terminals'
import { pages } from './navigation'

export interface Command {
  id: string
  label: string
  icon: string
  group: 'pages' | 'actions'
  run: () => void
}

/** Returns the commands that are available now. The command palette lists these commands on every page. */
export function useCommands() {
  const { t } = useText()
  const router = useRouter()
  const dialogs = useDialogs()
  const machine = useMachine()
  const notifications = useNotifications()
  const tasks = useTasks()
  const terminals = useTerminals()
  const { quit } = useMachineActions()

  const pageCommands = computed<Command[]>(() =>
    pages.map(({ name, icon }) => ({
      id: `page.${name}`,
      label: t(`pages.${name}`),
      icon,
      group: 'pages',
      run: () => void router.push({ name }),
    })),
  )
  const engineCommands = computed<Command[]>(() =>
    [
      {
        id: 'container.run',
        label: t('run.title'),
        icon: 'i-lucide-play',
        run: () => void router.push({ name: 'run' }),
      },
      {
        id: 'image.pull',
        label: t('images.pullTitle'),
        icon: 'i-lucide-download',
        run: show({ name: 'pull' }),
      },
      {
        id: 'build.start',
        label: t('builds.startTitle'),
        icon: 'i-lucide-hammer',
        run: show({ name: 'build' }),
      },
      {
        id: 'compose.open',
        label: t('compose.openTitle'),
        icon: 'i-lucide-folder-open',
        run: show({ name: 'compose', dialog: 'open' }),
      },
      {
        id: 'image.import',
        label: t('images.importTitle'),
        icon: 'i-lucide-upload',
        run: show({ name: 'import' }),
      },
      {
        id: 'image.save',
        label: t('images.saveTitle'),
        icon: 'i-lucide-file-down',
        run: show({ name: 'save-images', images: [] }),
      },
      {
        id: 'image.prune',
        label: t('images.pruneTitle'),
        icon: 'i-lucide-brush-cleaning',
        run: show({ name: 'prune-images' }),
      },
      {
        id: 'volume.create',
        label: t('volumes.createTitle'),
        icon: 'i-lucide-plus',
        run: show({ name: 'create-volume' }),
      },
      {
        id: 'volume.restore',
        label: t('backups.restoreFileTitle'),
        icon: 'i-lucide-archive-restore',
        run: show({ name: 'restore-volume', to: '' }),
      },
      {
        id: 'network.create',
        label: t('networks.createTitle'),
        icon: 'i-lucide-plus',
        run: show({ name: 'create-network' }),
      },
      {
        id: 'shell.machine',
        label: t('machine.shells.machine'),
        icon: 'i-lucide-terminal',
        run: () => {
          terminals.openWindow({ kind: 'machine' })
        },
      },
    ].map((command) => ({ ...command, group: 'actions' as const })),
  )
  const hostCommands = computed<Command[]>(() => [
    {
      id: 'tasks.show',
      label: t('tasks.show'),
      icon: 'i-lucide-list-checks',
      group: 'actions',
      run: () => {
        tasks.show()
      },
    },
    ...(machine.canStart
      ? [
          {
            id: 'machine.start',
            label: t('machine.start'),
            icon: 'i-lucide-power',
            group: 'actions' as const,
            run: () => {
              api.machine.start().catch(notifications.failure)
            },
          },
        ]
      : []),
    {
      id: 'shell.host',
      label: t('machine.shells.host'),
      icon: 'i-lucide-square-terminal',
      group: 'actions',
      run: () => {
        terminals.openWindow({ kind: 'host' })
      },
    },
    {
      id: 'app.quit',
      label: t('app.quit'),
      icon: 'i-lucide-log-out',
      group: 'actions',
      run: () => void quit(),
    },
  ])

  function show(dialog: Parameters<typeof dialogs.show>[0]): () => void {
    return () => {
      dialogs.show(dialog)
    }
  }

  return computed<Command[]>(() => [
    ...pageCommands.value,
    ...(machine.isRunning ? engineCommands.value : []),
    ...hostCommands.value,
  ])
}
