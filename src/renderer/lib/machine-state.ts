import {
  machineSteps,
  type MachineImage,
  type MachinePhase,
  type MachineState,
  type MachineStepName,
} from '../../shared/machine'

export interface PhaseLook {
  /** The key of the text under `machine.phase`. */
  label: MachinePhase | 'unknown' | 'reconnecting'
  icon: string
  /** The CSS class of the text colour. */
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

/** Returns the look of a machine state. The colour always comes with a word and an icon. */
export function phaseLook(state: MachineState | undefined): PhaseLook {
  if (state === undefined)
    return { label: 'unknown', icon: 'i-lucide-circle-help', colour: 'text-muted', moving: false }
  if (state.phase === 'running' && state.reconnecting) return { label: 'reconnecting', ...busy }
  return { label: state.phase, ...looks[state.phase] }
}

export interface ShownStep {
  name: MachineStepName | 'ready'
  state: 'done' | 'active' | 'waiting' | 'failed'
  /** The duration of the step in milliseconds: so far, or in total if the step has ended. */
  time: number | undefined
  /** The progress from 0 to 1. Undefined if the amount of work is unknown. */
  progress: number | undefined
}

/** A stop has only the step `stop`. A suspend has only the step `save`. */
const endSteps: readonly MachineStepName[] = ['stop', 'save']

/** Returns the steps of a start. A suspended machine has `restore` instead of `boot`, or both if the restore failed. */
function startSteps(state: MachineState): MachineStepName[] {
  const taken = (name: MachineStepName) => state.steps.some((step) => step.name === name)
  return machineSteps.filter((name) => {
    if (name === 'restore') return taken('restore')
    if (name === 'boot') return taken('boot') || !taken('restore')
    return !endSteps.includes(name)
  })
}

/** Returns the step in which a start, stop or suspend failed: the last step. Undefined after any other failure. */
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

/** Returns the steps of the current or last start or stop, with their durations. `now` is the current time. */
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

/** Returns the total duration of all steps in milliseconds, up to `now` for a running step. Undefined without steps. */
export function totalTime(state: MachineState, now: number): number | undefined {
  const [first] = state.steps
  if (first === undefined) return undefined
  return (state.steps.at(-1)?.endedAt ?? now) - first.startedAt
}

/** Returns true if Berth can start another guest image than the current one. */
export function hasGuestImageChoice(image: MachineImage): boolean {
  return image.previous !== undefined || image.recipe !== image.newest || image.next !== image.recipe
}

/**
 * If the machine failed with the newest guest image, returns the previous guest image, which has already started with
 * this data disk. Returns undefined if the previous guest image would not help.
 */
export function guestImageToGoBackTo({ image, failure }: MachineState): string | undefined {
  if (image?.previous === undefined || image.next !== image.newest || failure === undefined) return undefined
  const isImageAtFault = failure.phase !== 'preparing' || failure.error.code.startsWith('machine.image-')
  return isImageAtFault && failure.error.code !== 'machine.data-newer' ? image.previous : undefined
}
