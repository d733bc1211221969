import type { BerthErrorData } from '../../shared/errors'
import type {
  Accelerator,
  MachineImage,
  MachinePhase,
  MachineState,
  MachineStepName,
} from '../../shared/machine'
import type { RejectedAccelerator } from '../qemu'

/** Moves the machine from one phase to the next. */
export type MachineTransition =
  | 'start'
  | 'boot'
  | 'resume'
  | 'connect'
  | 'engine'
  | 'ready'
  | 'pause'
  | 'wake'
  | 'suspend'
  | 'stop'
  | 'stopped'
  | 'fail'

/** The whole lifecycle: a transition that is not listed cannot happen. */
const transitions: Readonly<Record<MachinePhase, Partial<Record<MachineTransition, MachinePhase>>>> = {
  stopped: { start: 'preparing' },
  preparing: { boot: 'booting', resume: 'resuming', stop: 'stopping', fail: 'failed' },
  // A guest that panics during its boot is booted once more.
  booting: { connect: 'connecting', boot: 'booting', stop: 'stopping', fail: 'failed' },
  connecting: { engine: 'engine', boot: 'booting', stop: 'stopping', fail: 'failed' },
  engine: { ready: 'running', boot: 'booting', stop: 'stopping', fail: 'failed' },
  // A machine that cannot be resumed is booted.
  resuming: { ready: 'running', boot: 'booting', stop: 'stopping', fail: 'failed' },
  running: { pause: 'paused', suspend: 'suspending', stop: 'stopping', fail: 'failed' },
  paused: { wake: 'running', stop: 'stopping', fail: 'failed' },
  // A machine that cannot be saved is stopped.
  suspending: { stopped: 'stopped', stop: 'stopping', fail: 'failed' },
  stopping: { stopped: 'stopped', fail: 'failed' },
  failed: { start: 'preparing' },
}

/** The first step of each phase. `beginStep` begins the other steps. */
const firstStep: Partial<Record<MachinePhase, MachineStepName>> = {
  preparing: 'image',
  booting: 'boot',
  connecting: 'connect',
  engine: 'engine',
  resuming: 'restore',
  suspending: 'save',
  stopping: 'stop',
}

export interface Failure {
  error: BerthErrorData
  /** The last lines of the serial console. */
  console: string[]
}

/** The state of a machine that was never started. */
export function stoppedState(now: number): MachineState {
  return { phase: 'stopped', since: now, steps: [], reconnecting: false }
}

/** True when `transition` may happen in `phase`. */
export function canMove(phase: MachinePhase, transition: MachineTransition): boolean {
  return transitions[phase][transition] !== undefined
}

/**
 * The state after a transition. The current step ends, and the first step of the new phase begins. `now` is in
 * milliseconds since the epoch.
 * @throws Error if the transition is not in the table, which is a bug of the caller
 */
export function move(
  state: MachineState,
  transition: Exclude<MachineTransition, 'fail'>,
  now: number,
): MachineState {
  const phase = target(state, transition)
  const fresh = transition === 'start' || transition === 'stop' || transition === 'suspend'
  const steps = fresh ? [] : endStep(state, now).steps
  const step = firstStep[phase]
  const keepsAccelerator = state.accelerator !== undefined && transition !== 'start' && phase !== 'stopped'
  return {
    phase,
    since: now,
    steps: step === undefined ? steps : [...steps, { name: step, startedAt: now }],
    ...(keepsAccelerator ? { accelerator: state.accelerator } : {}),
    ...(fresh || state.notResumed === undefined ? {} : { notResumed: state.notResumed }),
    ...(state.image ? { image: state.image } : {}),
    reconnecting: false,
  }
}

/** The state after a failure. The failure ends the current step. */
export function fail(state: MachineState, failure: Failure, now: number): MachineState {
  return {
    ...endStep(state, now),
    phase: target(state, 'fail'),
    since: now,
    reconnecting: false,
    failure: { phase: state.phase, ...failure },
  }
}

/** Ends the current step and begins another step of the same phase. */
export function beginStep(state: MachineState, name: MachineStepName, now: number): MachineState {
  const ended = endStep(state, now)
  return { ...ended, steps: [...ended.steps, { name, startedAt: now }] }
}

/** Shows how much of the current step is done. */
export function progressStep(state: MachineState, done: number, total: number): MachineState {
  const steps = state.steps.map((step) =>
    step.endedAt === undefined ? { ...step, progress: { done, total } } : step,
  )
  return { ...state, steps }
}

export function withAccelerator(
  state: MachineState,
  name: Accelerator,
  rejected: RejectedAccelerator[],
): MachineState {
  return { ...state, accelerator: { name, rejected } }
}

/**
 * Shows why the suspended machine could not be resumed. The steps `connect` and `engine` are removed, because the boot
 * repeats them.
 */
export function withoutResuming(state: MachineState, error: BerthErrorData, now: number): MachineState {
  return { ...state, steps: withoutBoot(endStep(state, now).steps), notResumed: error }
}

/** The state when the guest is booted once more. The steps of the first boot are removed, because they are repeated. */
export function bootAgain(state: MachineState, now: number): MachineState {
  return move({ ...state, steps: withoutBoot(state.steps) }, 'boot', now)
}

function withoutBoot(steps: MachineState['steps']): MachineState['steps'] {
  return steps.filter(({ name }) => name !== 'boot' && name !== 'connect' && name !== 'engine')
}

export function withImage(state: MachineState, image: MachineImage): MachineState {
  return { ...state, image }
}

function endStep(state: MachineState, now: number): MachineState {
  const steps = state.steps.map((step) => (step.endedAt === undefined ? { ...step, endedAt: now } : step))
  return { ...state, steps }
}

function target(state: MachineState, transition: MachineTransition): MachinePhase {
  const phase = transitions[state.phase][transition]
  if (phase === undefined) throw new Error(`the machine cannot ${transition} while it is ${state.phase}`)
  return phase
}
