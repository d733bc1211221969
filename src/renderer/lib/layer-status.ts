import type { MachineState } from '../../shared/machine'

/** The layers of the Stack page, from top to bottom. The texts are under `stack.layer`. */
export const layerNames = [
  'containers',
  'engine',
  'kernel',
  'qemu',
  'hypervisor',
  'system',
  'hardware',
] as const
export type LayerName = (typeof layerNames)[number]

export type LayerState = 'up' | 'busy' | 'paused' | 'off' | 'failed'

export interface LayerStatus {
  state: LayerState
  /** Why the layer is not up: a key of the texts under `stack.reason`. Undefined if the layer is up. */
  reason?: string
}

/** The layers that depend on the machine, from the bottom up. */
const machineLayers = ['hypervisor', 'qemu', 'kernel', 'engine', 'containers'] as const
type MachineLayer = (typeof machineLayers)[number]

type Phase = MachineState['phase']

/** The first layer that is not up yet in a phase, and its state. The layers above it wait for it. */
const firstMissing: Partial<Record<Phase, { layer: MachineLayer; state: LayerState; above: LayerState }>> = {
  stopped: { layer: 'hypervisor', state: 'off', above: 'off' },
  preparing: { layer: 'hypervisor', state: 'busy', above: 'off' },
  booting: { layer: 'kernel', state: 'busy', above: 'off' },
  resuming: { layer: 'kernel', state: 'busy', above: 'off' },
  connecting: { layer: 'engine', state: 'busy', above: 'off' },
  engine: { layer: 'engine', state: 'busy', above: 'off' },
  paused: { layer: 'kernel', state: 'paused', above: 'paused' },
  suspending: { layer: 'kernel', state: 'busy', above: 'busy' },
  stopping: { layer: 'kernel', state: 'busy', above: 'busy' },
}

/** The layer that has failed, by the phase in which the machine failed. */
const failedLayer: Partial<Record<Phase, MachineLayer>> = {
  preparing: 'hypervisor',
  booting: 'kernel',
  resuming: 'kernel',
  connecting: 'kernel',
  engine: 'engine',
}

function missing(machine: MachineState, live: boolean) {
  const { phase, failure } = machine
  if (phase === 'failed')
    return {
      layer: failedLayer[failure?.phase ?? 'running'] ?? 'qemu',
      state: 'failed',
      above: 'off',
      reason: 'failed',
    } as const
  if (phase === 'running') {
    if (live) return undefined
    // The link to the machine carries all requests to the engine.
    return machine.reconnecting
      ? ({ layer: 'kernel', state: 'busy', above: 'busy', reason: 'reconnecting' } as const)
      : ({ layer: 'engine', state: 'busy', above: 'busy', reason: 'engineOffline' } as const)
  }
  const found = firstMissing[phase]
  return found === undefined ? undefined : { ...found, reason: phase }
}

/** Says for each layer whether it is up. `live` is whether Berth reaches the engine. */
export function layerStatuses(
  machine: MachineState | undefined,
  live: boolean,
): Record<LayerName, LayerStatus> {
  const up: LayerStatus = { state: 'up' }
  const all = { system: up, hardware: up, hypervisor: up, qemu: up, kernel: up, engine: up, containers: up }
  const first: LayerStatus & { layer: MachineLayer; above: LayerState } = (machine === undefined
    ? { layer: 'hypervisor', state: 'busy', above: 'off', reason: 'reading' }
    : missing(machine, live)) ?? { layer: 'hypervisor', above: 'up', ...up }
  const { layer, state, above, reason } = first
  if (reason === undefined) return all
  const from = machineLayers.indexOf(layer)
  // After a failure, QEMU has ended, although the failed layer is above it.
  const isGone = state === 'failed'
  const statuses = machineLayers.map((name, index): [LayerName, LayerStatus] => {
    if (index < from) return [name, isGone ? { state: 'off', reason } : up]
    return [name, { state: index === from ? state : above, reason }]
  })
  return { ...all, ...Object.fromEntries(statuses) }
}
