import {
  machineSteps,
  type MachineImage,
  type MachinePhase,
  type MachineState,
  type MachineStepName,
} from '../../shared/machine'

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

/** The look of a machine state. Word and icon always accompany the colour. */
export function phaseLook(state: MachineState | undefined): PhaseLook {
  if (state === undefined)
    return { label: 'unknown', icon: 'i-lucide-circle-help', colour: 'text-muted', moving: false }
  if (state.phase === 'running' && state.reconnecting) return { label: 'reconnecting', ...busy }
  return { label: state.phase, ...looks[state.phase] }
}

export interface ShownStep {
  name: MachineStepName | 'ready'
  state: 'done' | 'active' | 'waiting' | 'failed'
  /** Milliseconds, final or so far. */
  time: number | undefined
  /** 0 to 1; undefined where the amount of work is unknown. */
  progress: number | undefined
}

/** A stop or a suspend has one of these steps, and no other. */
const endSteps: readonly MachineStepName[] = ['stop', 'save']

/** A suspended machine is restored instead of booted. If that fails, it boots after all. */
function startSteps(state: MachineState): MachineStepName[] {
  const taken = (name: MachineStepName) => state.steps.some((step) => step.name === name)
  return machineSteps.filter((name) => {
    if (name === 'restore') return taken('restore')
    if (name === 'boot') return taken('boot') || !taken('restore')
    return !endSteps.includes(name)
  })
}

/** The step in which a start failed: the last one. Undefined for a machine that failed after its start. */
export function failedStep(state: MachineState): MachineStepName | undefined {
  const during = state.failure?.phase
  if (state.phase !== 'failed' || during === 'running' || during === 'paused') return undefined
  return state.steps.at(-1)?.name
}

function shownStep(state: MachineState, name: MachineStepName, now: number): ShownStep {
  const step = state.steps.find((one) => one.name === name)
  if (step === undefined) return { name, state: 'waiting', time: undefined, progress: undefined }
  const time = (step.endedAt ?? now) - step.startedAt
  if (failedStep(state) === name) return { name, state: 'failed', time, progress: undefined }
  if (step.endedAt !== undefined) return { name, state: 'done', time, progress: undefined }
  const { progress } = step
  return {
    name,
    state: 'active',
    time,
    progress: progress === undefined || progress.total <= 0 ? undefined : progress.done / progress.total,
  }
}

/** The steps of the current or last start (or stop), each with its time. */
export function shownSteps(state: MachineState, now: number): ShownStep[] {
  const end = state.steps.find(({ name }) => endSteps.includes(name))
  if (end !== undefined) return [shownStep(state, end.name, now)]
  const ready: ShownStep = {
    name: 'ready',
    state: state.phase === 'running' || state.phase === 'paused' ? 'done' : 'waiting',
    time: undefined,
    progress: undefined,
  }
  return [...startSteps(state).map((name) => shownStep(state, name, now)), ready]
}

/** Milliseconds from the start of the first step to the end of the last one, or to now; undefined before a start. */
export function totalTime(state: MachineState, now: number): number | undefined {
  const [first] = state.steps
  if (first === undefined) return undefined
  return (state.steps.at(-1)?.endedAt ?? now) - first.startedAt
}

/** True when another guest image than this one can be started. */
export function hasGuestImageChoice(image: MachineImage): boolean {
  return image.previous !== undefined || image.recipe !== image.newest || image.next !== image.recipe
}

/** The guest image to go back to when the newest one failed to start. It has started on this data disk before. */
export function guestImageToGoBackTo({ image, failure }: MachineState): string | undefined {
  if (image?.previous === undefined || image.next !== image.newest || failure === undefined) return undefined
  const liesWithImage = failure.phase !== 'preparing' || failure.error.code.startsWith('machine.image-')
  return liesWithImage && failure.error.code !== 'machine.data-newer' ? image.previous : undefined
}
