import type { AddressChange, ChangeStep } from './changes'
import type { BerthErrorData } from './errors'
import type { LayerProgress } from './images'
import type { Task, TaskOf, TaskState } from './tasks'

const kinds = {
  'container-run': 'run',
  'container-edit': 'edit',
  'container-update': 'update',
  'container-move': 'move',
  'container-recovery': 'recovery',
} as const
export type ChangeTaskKind = keyof typeof kinds

/** A run, edit or update of a container, as the window shows it. */
export interface ContainerChange {
  /** The id of its task. */
  id: string
  /** `recovery`: after an interruption, Berth has put an old container back, or completed a change. */
  kind: (typeof kinds)[ChangeTaskKind]
  /** Empty if the engine chooses the name. */
  name: string
  image: string
  /** The container before the change. Empty for a run. */
  oldId: string
  /** The container after the change: the new one, or the old one if Berth has put it back. */
  containerId: string
  state: TaskState
  restored: boolean
  unchanged: boolean
  /** True while a cancel leaves nothing half done. */
  cancellable: boolean
  steps: readonly ChangeStep[]
  layers: LayerProgress[]
  /** The addresses that the new container could not keep. */
  addresses: readonly AddressChange[]
  error: BerthErrorData | null
}

export function isChangeTask(task: Task): task is TaskOf<ChangeTaskKind> {
  return task.kind in kinds
}

/** Returns undefined for a task of another kind. */
export function changeOf(task: Task): ContainerChange | undefined {
  if (!isChangeTask(task)) return undefined
  const { id, kind, params, state, detail, result, error } = task
  return {
    ...params,
    id,
    kind: kinds[kind],
    containerId: result?.containerId ?? params.oldId,
    state,
    restored: detail?.restored ?? false,
    unchanged: result?.unchanged ?? false,
    cancellable: state === 'running' && task.committed !== true,
    steps: detail?.steps ?? [],
    layers: detail?.layers ?? [],
    addresses: result?.addresses ?? [],
    error,
  }
}
