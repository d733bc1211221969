import type { BuildSummary } from '../../shared/builds'
import type { Container } from '../../shared/containers'
import type { Word } from '../../shared/docker-commands/words'
import type { Network } from '../../shared/networks'
import type { Task } from '../../shared/tasks'
import type { Volume } from '../../shared/volumes'
import type { ContainerGroup } from '../lib/container-groups'
import type { ImageRow } from '../lib/images'
import type { Keys } from '../lib/keys'

/**
 * The kinds of objects that have commands. `project` is a compose project with its containers, `group` a group of the
 * user, and `selection` the selected rows of the list of containers.
 */
export interface CommandObjects {
  container: Container
  image: ImageRow
  volume: Volume
  network: Network
  project: ContainerGroup
  group: ContainerGroup
  selection: readonly Container[]
  build: BuildSummary
  task: Task
}
export type ObjectKind = keyof CommandObjects

/** What palette, menus, buttons and the help for keys show of a command. */
export interface CommandLook {
  /** Unique among all commands, such as `container.stop`. */
  id: string
  /** The key of the command's name in the texts. */
  text: string
  icon: string
  keys?: Keys
}

/** A command that concerns no single object. */
export interface GlobalCommand extends CommandLook {
  group: 'pages' | 'actions' | 'settings'
  run: () => void
}

/** A command for one object of a kind. */
export interface ObjectCommand<T> extends CommandLook {
  /** The commands of one section are together in a menu. */
  section: number
  /** Marks the command that shows the object. The palette offers it first. */
  opens?: true
  /** Marks a command that destroys something. */
  destroys?: true
  /** True if the command also works while the engine cannot be reached. */
  offline?: true
  /** False if the command makes no sense for the object, so that nothing offers it. */
  applies?: (object: T) => boolean
  /** False if the object's state does not allow the command now. */
  enabled?: (object: T) => boolean
  /** The key of the text that says why the command is not `enabled`, if users cannot see that. */
  reason?: (object: T) => string | undefined
  /** True while another action on the object is running. */
  busy?: (object: T) => boolean
  /** The docker command that does the same, of a command that shows it in no dialog. */
  dockerCommand?: (object: T) => readonly Word[] | undefined
  run: (object: T) => void
}

/** Returns true if the user can run a command now. `live` is false while the engine cannot be reached. */
export function isAvailable<T>(command: ObjectCommand<T>, object: T, live: boolean): boolean {
  const isFree = command.busy?.(object) !== true
  return (command.offline === true || live) && isFree && isAllowed(command, object)
}

export function isApplicable<T>({ applies }: ObjectCommand<T>, object: T): boolean {
  return applies?.(object) ?? true
}

/** Returns true if the object's state allows a command, also while another action on the object is running. */
export function isAllowed<T>(command: ObjectCommand<T>, object: T): boolean {
  return isApplicable(command, object) && (command.enabled?.(object) ?? true)
}

/** Runs the command with this id, unless the object's state does not allow it. */
export function runCommand<T>(commands: readonly ObjectCommand<T>[], id: string, object: T): void {
  const command = commands.find((one) => one.id === id)
  if (command !== undefined && isAvailable(command, object, true)) command.run(object)
}
