import { describe, expect, it } from 'vitest'
import { phaseLook } from '../../../../src/renderer/lib/machine-look'
import { failedStep, shownSteps, totalTime } from '../../../../src/renderer/lib/machine-state'
import { machinePhases, type MachineState } from '../../../../src/shared/machine'

function state(change: Partial<MachineState>): MachineState {
  return { phase: 'booting', since: 0, steps: [], reconnecting: false, ...change }
}
const begun = [
  { name: 'image' as const, startedAt: 1000, endedAt: 1300 },
  { name: 'disk' as const, startedAt: 1300, endedAt: 1400 },
  { name: 'boot' as const, startedAt: 1400 },
]

/** As the machine reports a failure: the step in which it happened has ended. */
const broken = begun.map((step) => ({ endedAt: 2400, ...step }))
function failureIn(phase: MachineState['phase']): NonNullable<MachineState['failure']> {
  return { phase, error: { code: 'machine.qemu-died', params: {} }, console: [] }
}

describe('shownSteps', () => {
  it('shows what is done, under way and still to come, with times', () => {
    expect(shownSteps(state({ steps: begun }), 3400)).toEqual([
      { name: 'image', state: 'done', time: 300, progress: undefined },
      { name: 'disk', state: 'done', time: 100, progress: undefined },
      { name: 'boot', state: 'active', time: 2000, progress: undefined },
      { name: 'connect', state: 'waiting', time: undefined, progress: undefined },
      { name: 'engine', state: 'waiting', time: undefined, progress: undefined },
      { name: 'ready', state: 'waiting', time: undefined, progress: undefined },
    ])
  })

  it('shows a suspended machine going on, and the boot of one that could not', () => {
    const restoring = [...begun.slice(0, 2), { name: 'restore' as const, startedAt: 1400 }]
    const names = (steps: MachineState['steps']) =>
      shownSteps(state({ phase: 'resuming', steps }), 2000).map(({ name }) => name)
    expect(names(restoring)).toEqual(['image', 'disk', 'restore', 'connect', 'engine', 'ready'])
    const booting = [...restoring, { name: 'boot' as const, startedAt: 1900 }]
    expect(names(booting)).toEqual(['image', 'disk', 'restore', 'boot', 'connect', 'engine', 'ready'])
    expect(names([{ name: 'save', startedAt: 1 }])).toEqual(['save'])
  })

  it('marks the step in which a start failed, with the time it took', () => {
    const shown = shownSteps(
      state({ phase: 'failed', since: 2400, steps: broken, failure: failureIn('booting') }),
      99_000,
    )
    expect(shown.map((step) => step.state)).toEqual([
      'done',
      'done',
      'failed',
      'waiting',
      'waiting',
      'waiting',
    ])
    expect(shown[2]).toEqual({ name: 'boot', state: 'failed', time: 1000, progress: undefined })
  })

  it('blames no step for a machine that failed while it ran', () => {
    expect(
      failedStep(state({ phase: 'failed', steps: broken, failure: failureIn('running') })),
    ).toBeUndefined()
  })

  it('shows progress only where the amount of work is known', () => {
    const step = { name: 'image' as const, startedAt: 0 }
    const shown = (progress: { done: number; total: number }) =>
      shownSteps(state({ steps: [{ ...step, progress }] }), 1)[0]?.progress
    expect(shown({ done: 25, total: 100 })).toBe(0.25)
    expect(shown({ done: 25, total: 0 })).toBeUndefined()
  })

  it('shows the one step of a stop', () => {
    const steps = [{ name: 'stop' as const, startedAt: 0, endedAt: 700 }]
    expect(shownSteps(state({ phase: 'stopped', steps }), 99_000)).toEqual([
      { name: 'stop', state: 'done', time: 700, progress: undefined },
    ])
  })
})

describe('totalTime', () => {
  it('runs while the start does, and stands when it has ended or failed', () => {
    expect(totalTime(state({ steps: begun }), 3400)).toBe(2400)
    expect(totalTime(state({ phase: 'failed', since: 2400, steps: broken }), 99_000)).toBe(1400)
    const ended = begun.map((step) => ({ ...step, endedAt: 5000 }))
    expect(totalTime(state({ phase: 'running', steps: ended }), 99_000)).toBe(4000)
  })

  it('is unknown before the first start', () => {
    expect(totalTime(state({ phase: 'stopped' }), 99_000)).toBeUndefined()
  })
})

describe('phaseLook', () => {
  it.each(machinePhases)('gives %s a word, an icon and a colour', (phase) => {
    const look = phaseLook(state({ phase }))
    expect(look.label).toBe(phase)
    expect(look.icon).toMatch(/^i-lucide-/)
    expect(look.colour).toMatch(/^text-/)
  })

  it('tells a lost SSH connection from a running machine', () => {
    expect(phaseLook(state({ phase: 'running', reconnecting: true })).label).toBe('reconnecting')
  })
})
