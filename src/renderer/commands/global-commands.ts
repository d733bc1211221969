import { computed } from 'vue'
import { useBulkActions } from '../composables/use-bulk-actions'
import { useMachineActions } from '../composables/use-machine-actions'
import { useNetworkActions } from '../composables/use-network-actions'
import { useVolumeActions } from '../composables/use-volume-actions'
import { useEngine } from '../stores/engine'
import { useMachine } from '../stores/machine'
import { usePreferences } from '../stores/preferences'
import { useTerminals } from '../stores/terminals'
import type { GlobalCommand } from './command'
import { useFrameCommands } from './frame-commands'
import { settingsSections } from './settings-sections'
import { useCommandTools } from './tools'

type Action = Omit<GlobalCommand, 'group'>

/** The commands for the engine as a whole. They need an engine that can be reached. */
function useEngineCommands(): Action[] {
  const { show, open } = useCommandTools()
  const runForm = (): void => {
    open({ name: 'run' })
  }
  const terminals = useTerminals()
  const bulk = useBulkActions()
  const volumes = useVolumeActions()
  const networks = useNetworkActions()
  const dialog =
    (...shown: Parameters<typeof show>): (() => void) =>
    () => {
      show(...shown)
    }
  return [
    { id: 'container.run', text: 'run.title', icon: 'i-lucide-play', run: runForm },
    {
      id: 'container.paste',
      text: 'dockerCommand.paste',
      icon: 'i-lucide-clipboard-paste',
      run: dialog({ name: 'paste-command' }),
    },
    { id: 'image.pull', text: 'images.pullTitle', icon: 'i-lucide-download', run: dialog({ name: 'pull' }) },
    { id: 'build.start', text: 'builds.startTitle', icon: 'i-lucide-hammer', run: dialog({ name: 'build' }) },
    {
      id: 'image.import',
      text: 'images.importTitle',
      icon: 'i-lucide-upload',
      run: dialog({ name: 'import' }),
    },
    {
      id: 'image.save-some',
      text: 'images.saveTitle',
      icon: 'i-lucide-file-down',
      run: dialog({ name: 'save-images', images: [] }),
    },
    {
      id: 'volume.create',
      text: 'volumes.createTitle',
      icon: 'i-lucide-plus',
      run: dialog({ name: 'create-volume' }),
    },
    {
      id: 'volume.restore',
      text: 'backups.restoreFileTitle',
      icon: 'i-lucide-archive-restore',
      run: dialog({ name: 'restore-volume', to: '' }),
    },
    {
      id: 'compose.open',
      text: 'compose.openTitle',
      icon: 'i-lucide-folder-open',
      run: dialog({ name: 'compose', dialog: 'open' }),
    },
    {
      id: 'network.create',
      text: 'networks.createTitle',
      icon: 'i-lucide-plus',
      run: dialog({ name: 'create-network' }),
    },
    {
      id: 'container.prune',
      text: 'commands.pruneContainers',
      icon: 'i-lucide-brush-cleaning',
      run: () => void bulk.prune(),
    },
    {
      id: 'image.prune',
      text: 'images.pruneTitle',
      icon: 'i-lucide-brush-cleaning',
      run: dialog({ name: 'prune-images' }),
    },
    {
      id: 'volume.prune',
      text: 'commands.pruneVolumes',
      icon: 'i-lucide-brush-cleaning',
      run: () => void volumes.prune(),
    },
    {
      id: 'network.prune',
      text: 'commands.pruneNetworks',
      icon: 'i-lucide-brush-cleaning',
      run: () => void networks.prune(),
    },
    {
      id: 'registry.login',
      text: 'commands.logIn',
      icon: 'i-lucide-key-round',
      run: dialog({ name: 'login' }),
    },
    {
      id: 'shell.machine',
      text: 'machine.shells.machine',
      icon: 'i-lucide-terminal',
      run: () => {
        terminals.openWindow({ kind: 'machine' })
      },
    },
  ]
}

/** The commands for the look of the window. */
function useLookCommands(): Action[] {
  const { setLanguage, setTheme } = usePreferences()
  const command = (id: string, icon: string, run: () => void): Action => ({
    id: `look.${id}`,
    text: `commands.look.${id}`,
    icon,
    run,
  })
  return [
    command('light', 'i-lucide-sun', () => {
      setTheme('light')
    }),
    command('dark', 'i-lucide-moon', () => {
      setTheme('dark')
    }),
    command('system', 'i-lucide-sun-moon', () => {
      setTheme('system')
    }),
    command('english', 'i-lucide-languages', () => {
      setLanguage('en')
    }),
    command('korean', 'i-lucide-languages', () => {
      setLanguage('ko')
    }),
  ]
}

/** Returns the commands without an object that are available now. */
export function useGlobalCommands() {
  const { open, show } = useCommandTools()
  const engine = useEngine()
  const machine = useMachine()
  const terminals = useTerminals()
  const { start, stop, quit } = useMachineActions()

  const sectionCommands = settingsSections.map(({ id, text }): GlobalCommand => ({
    id: `settings.${id}`,
    text,
    icon: 'i-lucide-settings',
    group: 'settings',
    run: () => {
      open({ name: 'settings', hash: `#${id}` })
    },
  }))
  const frameCommands = useFrameCommands()
  const engineCommands = useEngineCommands()
  const machineCommand = computed<Action>(() =>
    machine.canStart
      ? { id: 'machine.start', text: 'machine.start', icon: 'i-lucide-power', run: () => void start() }
      : { id: 'machine.stop', text: 'machine.stop', icon: 'i-lucide-power', run: () => void stop() },
  )
  const hostCommands: Action[] = [
    {
      id: 'shell.host',
      text: 'machine.shells.host',
      icon: 'i-lucide-square-terminal',
      run: () => {
        terminals.openWindow({ kind: 'host' })
      },
    },
    ...useLookCommands(),
    {
      id: 'machine.reset',
      text: 'commands.reset',
      icon: 'i-lucide-rotate-ccw',
      run: () => {
        show({ name: 'reset' })
      },
    },
    { id: 'app.quit', text: 'app.quit', icon: 'i-lucide-log-out', run: () => void quit() },
  ]
  const asActions = (actions: Action[]) => actions.map((action) => ({ ...action, group: 'actions' as const }))

  return computed<GlobalCommand[]>(() => [
    ...frameCommands,
    ...(engine.live ? asActions(engineCommands) : []),
    ...asActions([machineCommand.value, ...hostCommands]),
    ...sectionCommands,
  ])
}
