import type { MachinePhase, MachineState } from '../../shared/machine'

export interface PhaseLook {
  /** Key under `machine.phase`. */
  label: MachinePhase | 'unknown' | 'reconnecting'
  icon: string
  /** A text colour class. */
  colour: string
  moving: boolean
}

const busy = { icon: 'i-lucide-loader-circle', colour: 'text-warning', moving: true } as const

const looks: Record<MachinePhase, Omit<PhaseLook, 'label'>> = {
  stopped: { icon: 'i-lucide-circle-stop', colour: 'text-muted', moving: false },
  preparing: busy,
  booting: busy,
  connecting: busy,
  engine: busy,
  resuming: busy,
  running: { icon: 'i-lucide-circle-check', colour: 'text-success', moving: false },
  paused: { icon: 'i-lucide-circle-pause', colour: 'text-info', moving: false },
  suspending: busy,
  stopping: busy,
  failed: { icon: 'i-lucide-circle-alert', colour: 'text-error', moving: false },
}

/** How a state of the machine is shown: word, icon and colour together, never colour alone. */
export function phaseLook(state: MachineState | undefined): PhaseLook {
  if (state === undefined)
    return { label: 'unknown', icon: 'i-lucide-circle-help', colour: 'text-muted', moving: false }
  if (state.phase === 'running' && state.reconnecting) return { label: 'reconnecting', ...busy }
  return { label: state.phase, ...looks[state.phase] }
}
