import { machineSteps, type MachineState, type MachineStepName } from '../../shared/machine'

export interface ShownStep {
  name: MachineStepName | 'ready'
  state: 'done' | 'active' | 'waiting' | 'failed'
  /** Milliseconds, final or so far. */
  time: number | undefined
  /** 0 to 1, only where the amount of work is known. */
  progress: number | undefined
}

/** Each is the one step of what it does. */
const endSteps: readonly MachineStepName[] = ['stop', 'save']

/** A suspended machine goes on instead of booting; one that could not is booted after all. */
function startSteps(state: MachineState): MachineStepName[] {
  const taken = (name: MachineStepName) => state.steps.some((step) => step.name === name)
  return machineSteps.filter((name) => {
    if (name === 'restore') return taken('restore')
    if (name === 'boot') return taken('boot') || !taken('restore')
    return !endSteps.includes(name)
  })
}

/** The step in which a start failed: its last one. A machine that failed while it ran had done them all. */
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

/** The steps of the start (or of the stop) under way or last done, each with its time. */
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

/** Milliseconds from the first step's beginning to the last one's end, or to now; undefined before a start. */
export function totalTime(state: MachineState, now: number): number | undefined {
  const [first] = state.steps
  if (first === undefined) return undefined
  return (state.steps.at(-1)?.endedAt ?? now) - first.startedAt
}
