import { describe, expect, it } from 'vitest'
import {
  failedStep,
  guestImageToGoBackTo,
  hasGuestImageChoice,
  phaseLook,
  shownSteps,
  totalTime,
} from '../../../../src/renderer/lib/machine-state'
import { BerthError } from '../../../../src/shared/errors'
import { machinePhases, type MachineState } from '../../../../src/shared/machine'

function state(change: Partial<MachineState>): MachineState {
  return { phase: 'booting', since: 0, steps: [], reconnecting: false, ...change }
}
const begun = [
  { name: 'image' as const, startedAt: 1000, endedAt: 1300 },
  { name: 'disk' as const, startedAt: 1300, endedAt: 1400 },
  { name: 'boot' as const, startedAt: 1400 },
]

/** The steps that the machine reports after a failure. The failed step has an end time. */
const broken = begun.map((step) => ({ endedAt: 2400, ...step }))
function failureIn(phase: MachineState['phase']): NonNullable<MachineState['failure']> {
  return { phase, error: { code: 'machine.qemu-died', params: {} }, console: [] }
}

describe('shownSteps', () => {
  it('shows finished, active and waiting steps, with times', () => {
    expect(shownSteps(state({ steps: begun }), 3400)).toEqual([
      { name: 'image', state: 'done', time: 300, progress: undefined },
      { name: 'disk', state: 'done', time: 100, progress: undefined },
      { name: 'boot', state: 'active', time: 2000, progress: undefined },
      { name: 'connect', state: 'waiting', time: undefined, progress: undefined },
      { name: 'engine', state: 'waiting', time: undefined, progress: undefined },
      { name: 'ready', state: 'waiting', time: undefined, progress: undefined },
    ])
  })

  it('shows the restore of a suspended machine, and the boot after a failed restore', () => {
    const restoring = [...begun.slice(0, 2), { name: 'restore' as const, startedAt: 1400 }]
    const names = (steps: MachineState['steps']) =>
      shownSteps(state({ phase: 'resuming', steps }), 2000).map(({ name }) => name)
    expect(names(restoring)).toEqual(['image', 'disk', 'restore', 'connect', 'engine', 'ready'])
    const booting = [...restoring, { name: 'boot' as const, startedAt: 1900 }]
    expect(names(booting)).toEqual(['image', 'disk', 'restore', 'boot', 'connect', 'engine', 'ready'])
    expect(names([{ name: 'save', startedAt: 1 }])).toEqual(['save'])
  })

  it('marks the step in which a start failed, with its time', () => {
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

  it('contains no failed step if the machine failed while it was running', () => {
    expect(
      failedStep(state({ phase: 'failed', steps: broken, failure: failureIn('running') })),
    ).toBeUndefined()
  })

  it('shows progress only if the amount of work is known', () => {
    const step = { name: 'image' as const, startedAt: 0 }
    const shown = (progress: { done: number; total: number }) =>
      shownSteps(state({ steps: [{ ...step, progress }] }), 1)[0]?.progress
    expect(shown({ done: 25, total: 100 })).toBe(0.25)
    expect(shown({ done: 25, total: 0 })).toBeUndefined()
  })

  it('shows a stop as a single step', () => {
    const steps = [{ name: 'stop' as const, startedAt: 0, endedAt: 700 }]
    expect(shownSteps(state({ phase: 'stopped', steps }), 99_000)).toEqual([
      { name: 'stop', state: 'done', time: 700, progress: undefined },
    ])
  })
})

describe('totalTime', () => {
  it('grows during the start, and stays constant after the start has ended or failed', () => {
    expect(totalTime(state({ steps: begun }), 3400)).toBe(2400)
    expect(totalTime(state({ phase: 'failed', since: 2400, steps: broken }), 99_000)).toBe(1400)
    const ended = begun.map((step) => ({ ...step, endedAt: 5000 }))
    expect(totalTime(state({ phase: 'running', steps: ended }), 99_000)).toBe(4000)
  })

  it('is undefined before the first start', () => {
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

  it('shows a running machine with a lost SSH link as reconnecting', () => {
    expect(phaseLook(state({ phase: 'running', reconnecting: true })).label).toBe('reconnecting')
  })
})

const upgraded = { recipe: 'b', newest: 'b', next: 'b', previous: 'a' }

function failedWith(
  error: BerthError,
  phase: MachineState['phase'],
  image: MachineState['image'] = upgraded,
): MachineState {
  const failure = { phase, error: error.toData(), console: [] }
  return { phase: 'failed', since: 0, steps: [], reconnecting: false, failure, image }
}

describe('hasGuestImageChoice', () => {
  it('is false before the first upgrade, and true after an upgrade or a return to the previous image', () => {
    expect(hasGuestImageChoice({ recipe: 'a', newest: 'a', next: 'a' })).toBe(false)
    expect(hasGuestImageChoice(upgraded)).toBe(true)
    expect(hasGuestImageChoice({ recipe: 'a', newest: 'b', next: 'a' })).toBe(true)
  })
})

describe('guestImageToGoBackTo', () => {
  const died = new BerthError('machine.qemu-died', { reason: 'guest-reset' })

  it('returns the previous guest image if the newest guest image does not boot or is damaged', () => {
    expect(guestImageToGoBackTo(failedWith(died, 'booting'))).toBe('a')
    const damaged = new BerthError('machine.image-corrupt', { folder: '/b', file: 'root.img' })
    expect(guestImageToGoBackTo(failedWith(damaged, 'preparing'))).toBe('a')
  })

  it('returns undefined if another guest image would not help or does not exist', () => {
    const missing = new BerthError('host.no-space', { folder: '/', free: '0', needed: '1' })
    expect(guestImageToGoBackTo(failedWith(missing, 'preparing'))).toBeUndefined()
    const newer = new BerthError('machine.data-newer', { file: '/d', format: '2', known: '1' })
    expect(guestImageToGoBackTo(failedWith(newer, 'booting'))).toBeUndefined()
    expect(guestImageToGoBackTo(failedWith(died, 'booting', { ...upgraded, next: 'a' }))).toBeUndefined()
    expect(
      guestImageToGoBackTo(failedWith(died, 'booting', { recipe: 'a', newest: 'a', next: 'a' })),
    ).toBeUndefined()
  })
})
