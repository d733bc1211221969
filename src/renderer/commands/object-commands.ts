import { useGroupCommands, useProjectCommands, useSelectionCommands } from './bulk-commands'
import type { CommandObjects, ObjectCommand, ObjectKind } from './command'
import { useContainerCommands } from './container-commands'
import { useImageCommands } from './image-commands'
import { useNetworkCommands } from './network-commands'
import { useBuildCommands, useTaskCommands } from './other-commands'
import { useVolumeCommands } from './volume-commands'

export type CommandsByKind = { [Kind in ObjectKind]: ObjectCommand<CommandObjects[Kind]>[] }

/** The commands of every kind of object. */
export function useObjectCommands(): CommandsByKind {
  return {
    container: useContainerCommands(),
    image: useImageCommands(),
    volume: useVolumeCommands(),
    network: useNetworkCommands(),
    project: useProjectCommands(),
    group: useGroupCommands(),
    selection: useSelectionCommands(),
    build: useBuildCommands(),
    task: useTaskCommands(),
  }
}
