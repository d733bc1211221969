import { describe, expect, it } from 'vitest'
import * as lifecycle from '../../../../src/main/machine/lifecycle'
import { BerthError } from '../../../../src/shared/errors'
import {
  machinePhases,
  machineStateSchema,
  type MachinePhase,
  type MachineState,
} from '../../../../src/shared/machine'

const transitions = [
  'start',
  'boot',
  'resume',
  'connect',
  'engine',
  'ready',
  'pause',
  'wake',
  'suspend',
  'stop',
  'stopped',
  'fail',
] as const
const failure = {
  error: new BerthError('machine.qemu-died', { reason: 'test' }).toData(),
  console: ['last words'],
}

function running(): MachineState {
  let state = lifecycle.stoppedState(0)
  state = lifecycle.move(state, 'start', 10)
  state = lifecycle.beginStep(state, 'disk', 20)
  state = lifecycle.move(state, 'boot', 30)
  state = lifecycle.withAccelerator(state, 'tcg', [{ name: 'kvm', reason: 'internal-error' }])
  state = lifecycle.move(state, 'connect', 40)
  state = lifecycle.move(state, 'engine', 50)
  return lifecycle.move(state, 'ready', 60)
}

describe('the transition table', () => {
  const allowed: Record<MachinePhase, string[]> = {
    stopped: ['start'],
    preparing: ['boot', 'resume', 'stop', 'fail'],
    booting: ['boot', 'connect', 'stop', 'fail'],
    connecting: ['boot', 'engine', 'stop', 'fail'],
    engine: ['boot', 'ready', 'stop', 'fail'],
    resuming: ['boot', 'ready', 'stop', 'fail'],
    running: ['pause', 'suspend', 'stop', 'fail'],
    paused: ['wake', 'stop', 'fail'],
    suspending: ['stop', 'stopped', 'fail'],
    stopping: ['stopped', 'fail'],
    failed: ['start'],
  }
  it.each(machinePhases)('allows only the right transitions from %s', (phase) => {
    expect(transitions.filter((transition) => lifecycle.canMove(phase, transition))).toEqual(allowed[phase])
  })

  it('throws on a transition that the current phase does not allow', () => {
    expect(() => lifecycle.move(running(), 'boot', 1)).toThrow('cannot boot while it is running')
    expect(() => lifecycle.fail(lifecycle.stoppedState(0), failure, 1)).toThrow(
      'cannot fail while it is stopped',
    )
  })
})

describe('the steps', () => {
  it('have a name and times, and each step ends when the next step begins', () => {
    expect(running().steps).toEqual([
      { name: 'image', startedAt: 10, endedAt: 20 },
      { name: 'disk', startedAt: 20, endedAt: 30 },
      { name: 'boot', startedAt: 30, endedAt: 40 },
      { name: 'connect', startedAt: 40, endedAt: 50 },
      { name: 'engine', startedAt: 50, endedAt: 60 },
    ])
  })

  it('of a stop replace the steps of the start', () => {
    const stopping = lifecycle.move(running(), 'stop', 70)
    expect(stopping.steps).toEqual([{ name: 'stop', startedAt: 70 }])
    const stopped = lifecycle.move(stopping, 'stopped', 80)
    expect(stopped).toMatchObject({
      phase: 'stopped',
      since: 80,
      steps: [{ name: 'stop', startedAt: 70, endedAt: 80 }],
    })
  })

  it('of a start stay while the machine is paused and when it wakes', () => {
    const paused = lifecycle.move(running(), 'pause', 70)
    expect(paused).toMatchObject({ phase: 'paused', steps: running().steps })
    expect(lifecycle.move(paused, 'wake', 80)).toMatchObject({ phase: 'running', steps: running().steps })
  })

  it('of a suspension are only “save”, and those of a resume have “restore” instead of “boot”', () => {
    const suspending = lifecycle.move(running(), 'suspend', 70)
    expect(suspending.steps).toEqual([{ name: 'save', startedAt: 70 }])
    let state = lifecycle.move(lifecycle.move(suspending, 'stopped', 80), 'start', 90)
    state = lifecycle.beginStep(state, 'disk', 91)
    state = lifecycle.move(state, 'resume', 92)
    state = lifecycle.beginStep(state, 'connect', 93)
    state = lifecycle.move(state, 'ready', 94)
    expect(state.steps.map(({ name }) => name)).toEqual(['image', 'disk', 'restore', 'connect'])
    expect(state.phase).toBe('running')
  })

  it('of a boot after a failed resume still include “restore”, and the state has the reason until the next start', () => {
    const error = new BerthError('machine.resume-settings').toData()
    let state = lifecycle.move(lifecycle.move(lifecycle.stoppedState(0), 'start', 1), 'resume', 2)
    state = lifecycle.beginStep(state, 'connect', 3)
    state = lifecycle.withoutResuming(state, error, 4)
    state = lifecycle.move(state, 'boot', 5)
    expect(state.steps.map(({ name }) => name)).toEqual(['image', 'restore', 'boot'])
    state = lifecycle.move(lifecycle.move(lifecycle.move(state, 'connect', 6), 'engine', 7), 'ready', 8)
    expect(machineStateSchema.parse(state).notResumed).toEqual(error)
    const again = lifecycle.move(lifecycle.move(lifecycle.move(state, 'stop', 9), 'stopped', 10), 'start', 11)
    expect(again.notResumed).toBeUndefined()
  })

  it('of a second boot replace the steps of the first boot', () => {
    let state = lifecycle.move(lifecycle.move(lifecycle.stoppedState(0), 'start', 1), 'boot', 2)
    state = lifecycle.move(lifecycle.move(state, 'connect', 3), 'engine', 4)
    state = lifecycle.bootAgain(state, 5)
    expect(state.phase).toBe('booting')
    expect(state.steps).toEqual([
      { name: 'image', startedAt: 1, endedAt: 2 },
      { name: 'boot', startedAt: 5 },
    ])
  })

  it('keep their progress after the next step has begun', () => {
    let state = lifecycle.move(lifecycle.stoppedState(0), 'start', 1)
    state = lifecycle.progressStep(state, 5, 10)
    state = lifecycle.beginStep(state, 'disk', 2)
    state = lifecycle.progressStep(state, 1, 3)
    expect(state.steps.map(({ progress }) => progress)).toEqual([
      { done: 5, total: 10 },
      { done: 1, total: 3 },
    ])
  })
})

describe('the accelerator', () => {
  it('is known until the machine has stopped', () => {
    const accelerator = { name: 'tcg', rejected: [{ name: 'kvm', reason: 'internal-error' }] }
    expect(running().accelerator).toEqual(accelerator)
    const stopping = lifecycle.move(running(), 'stop', 70)
    expect(stopping.accelerator).toEqual(accelerator)
    expect(lifecycle.move(stopping, 'stopped', 80).accelerator).toBeUndefined()
  })
})

describe('a failure', () => {
  it('names its phase, ends the current step and keeps the earlier steps', () => {
    const booting = lifecycle.move(lifecycle.move(lifecycle.stoppedState(0), 'start', 1), 'boot', 2)
    const failed = lifecycle.fail(booting, failure, 3)
    expect(failed).toMatchObject({ phase: 'failed', since: 3, failure: { phase: 'booting', ...failure } })
    expect(failed.steps.at(-1)).toEqual({ name: 'boot', startedAt: 2, endedAt: 3 })
    expect(machineStateSchema.parse(failed)).toEqual(failed)
  })

  it('is removed from the state by the next start', () => {
    const restarted = lifecycle.move(lifecycle.fail(running(), failure, 70), 'start', 80)
    expect(restarted.failure).toBeUndefined()
    expect(restarted.accelerator).toBeUndefined()
    expect(restarted.steps).toEqual([{ name: 'image', startedAt: 80 }])
  })
})
