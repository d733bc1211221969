import { computed } from 'vue'
import { isActive } from '../../shared/containers'
import type { Word } from '../../shared/docker-commands/words'
import { shortId } from '../../shared/short-id'
import { useText } from '../composables/use-text'
import { groupContainers, type ContainerGroup } from '../lib/container-groups'
import { imageRows } from '../lib/images'
import { portText } from '../lib/ports'
import { projectOf } from '../lib/containers'
import type { PaletteEntry } from '../lib/palette-search'
import { taskTitle } from '../lib/tasks'
import { useBuilds } from '../stores/builds'
import { useContainerGroups } from '../stores/container-groups'
import { useContainerSelection } from '../stores/container-selection'
import { useEngine } from '../stores/engine'
import { useTasks } from '../stores/tasks'
import {
  isAvailable,
  type CommandObjects,
  type GlobalCommand,
  type ObjectCommand,
  type ObjectKind,
} from './command'
import { useGlobalCommands } from './global-commands'
import { useObjectCommands } from './object-commands'

/** A command of an object, ready to run. */
export interface BoundCommand {
  id: string
  label: string
  icon: string
  destroys: boolean
  keys: string | undefined
  /** See {@link ObjectCommand.dockerCommand}. */
  dockerCommand: () => readonly Word[] | undefined
  run: () => void
}

/** An entry of the palette: an object with its commands, or a command without an object. */
export interface Entry extends PaletteEntry {
  icon: string
  keys?: string | undefined
  command?: GlobalCommand
  /** The commands that the object offers now. The first one opens it. */
  commands?: () => BoundCommand[]
}

const icons: Record<ObjectKind, string> = {
  container: 'i-lucide-box',
  image: 'i-lucide-layers',
  volume: 'i-lucide-database',
  network: 'i-lucide-network',
  project: 'i-lucide-folder-tree',
  group: 'i-lucide-folder',
  selection: 'i-lucide-list-checks',
  build: 'i-lucide-hammer',
  task: 'i-lucide-list-checks',
}
/** What users look for most often comes first among entries that match equally well. */
const weights: Record<ObjectKind, number> = {
  container: 8,
  project: 7,
  group: 7,
  selection: 9,
  image: 5,
  volume: 4,
  network: 4,
  build: 2,
  task: 1,
}
const globalWeight = 10

/** Everything that the palette finds, from the stores and the registry of commands. */
export function usePaletteEntries() {
  const { t } = useText()
  const engine = useEngine()
  const builds = useBuilds()
  const tasks = useTasks()
  const ownGroups = useContainerGroups()
  const selection = useContainerSelection()
  const globalCommands = useGlobalCommands()
  const objectCommands = useObjectCommands()

  function entry<Kind extends ObjectKind>(
    kind: Kind,
    object: CommandObjects[Kind],
    look: { key: string; label: string; detail: string; weight?: number },
  ): Entry {
    const all: readonly ObjectCommand<CommandObjects[Kind]>[] = objectCommands[kind]
    return {
      icon: icons[kind],
      ...look,
      key: `${kind}:${look.key}`,
      kind,
      weight: weights[kind] + (look.weight ?? 0),
      commands: () =>
        all
          .filter((command) => isAvailable(command, object, engine.live))
          .sort((a, b) => Number(b.opens ?? false) - Number(a.opens ?? false))
          .map((command) => ({
            id: command.id,
            label: t(command.text),
            icon: command.icon,
            destroys: command.destroys === true,
            keys: command.keys,
            dockerCommand: () => command.dockerCommand?.(object),
            run: () => {
              command.run(object)
            },
          })),
    }
  }
  const containers = computed(() =>
    [...engine.containers.values()].map((container) =>
      entry('container', container, {
        key: container.name,
        label: container.name,
        detail: [
          container.image,
          shortId(container.id),
          projectOf(container),
          ...container.ports.map(portText),
        ]
          .filter((text) => text !== undefined)
          .join(' · '),
        weight: isActive(container) ? 1 : 0,
      }),
    ),
  )
  function groupLook({ name, members }: ContainerGroup): { key: string; label: string; detail: string } {
    const running = members.filter(isActive).length
    return { key: name, label: name, detail: t('bulk.ofRunning', { running, count: members.length }) }
  }
  const projects = computed(() =>
    [...groupContainers(engine.containers.values(), { groups: [] }).values()].map((group) =>
      entry('project', group, groupLook(group)),
    ),
  )
  const groups = computed(() =>
    [...groupContainers(engine.containers.values(), ownGroups.current).values()]
      .filter(({ kind }) => kind === 'own')
      .map((group) => entry('group', group, groupLook(group))),
  )
  const selected = computed(() => {
    const { containers: chosen } = selection
    if (chosen.length === 0) return []
    const label = t('bulk.selectedContainers', { count: chosen.length }, chosen.length)
    const detail = chosen.map(({ name }) => name).join(' · ')
    return [entry('selection', chosen, { key: 'containers', label, detail })]
  })
  const images = computed(() =>
    imageRows(engine.images.values()).map((row) =>
      entry('image', row, {
        key: row.key,
        label: row.tag ?? shortId(row.image.id),
        detail: shortId(row.image.id),
      }),
    ),
  )
  const volumes = computed(() =>
    [...engine.volumes.values()].map((volume) =>
      entry('volume', volume, { key: volume.name, label: volume.name, detail: volume.driver }),
    ),
  )
  const networks = computed(() =>
    [...engine.networks.values()].map((network) =>
      entry('network', network, {
        key: network.name,
        label: network.name,
        detail: [network.driver, ...network.subnets.map(({ subnet }) => subnet)].join(' · '),
      }),
    ),
  )
  const jobs = computed(() => [
    ...builds.list.map((build) =>
      entry('build', build, { key: build.id, label: build.name, detail: build.tags.join(' ') }),
    ),
    ...tasks.newestFirst.map((task) =>
      entry('task', task, { key: task.id, label: taskTitle(task), detail: t(`tasks.state.${task.state}`) }),
    ),
  ])
  const globals = computed(() =>
    globalCommands.value.map((command): Entry => ({
      key: `command:${command.id}`,
      kind: command.group,
      label: t(command.text),
      detail: '',
      icon: command.icon,
      keys: command.keys,
      weight: globalWeight,
      command,
    })),
  )
  const entries = computed<Entry[]>(() => [
    ...globals.value,
    ...selected.value,
    ...containers.value,
    ...projects.value,
    ...groups.value,
    ...images.value,
    ...volumes.value,
    ...networks.value,
    ...jobs.value,
  ])
  const actions = computed(() =>
    Object.entries(objectCommands).flatMap(([kind, commands]) =>
      commands.map(({ id, text }) => ({ id, kind, label: t(text) })),
    ),
  )

  return { entries, globals, actions }
}
