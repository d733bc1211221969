import { describe, expect, it } from 'vitest'
import {
  axisEnd,
  exactDuration,
  slowerSteps,
  stepGroups,
  timelineReasons,
  totalTime,
} from '../../../../src/renderer/lib/timeline'
import type { TimelineStep } from '../../../../src/shared/timelines'
import { timelineWith } from '../../../support/timeline'

function step(
  name: TimelineStep['name'],
  startedAt: number,
  endedAt: number | null,
  label = '',
): TimelineStep {
  return { name, startedAt, endedAt, label, failed: false }
}
const facts = { cached: true, pulledBytes: 0, pulledLayers: 0, emulated: false, healthIntervalMs: null }
const fast = timelineWith({
  facts,
  steps: [step('lookup', 0, 10), step('create', 10, 100), step('process', 100, 400), step('start', 100, 420)],
})

describe('the steps', () => {
  it('are grouped by where they ran, with positions on one axis', () => {
    const groups = stepGroups(fast, null)
    expect(groups.map(({ place, steps }) => [place, steps.map(({ name }) => name)])).toEqual([
      ['engine', ['lookup', 'create', 'start']],
      ['kernel', ['process']],
    ])
    const [process] = groups[1]?.steps ?? []
    expect(process).toMatchObject({ took: 300, before: null })
    expect(process?.left).toBeCloseTo(23.8, 1)
    expect(Number(process?.left) + Number(process?.width)).toBeCloseTo(95.2, 1)
  })

  it('that come hours later do not stretch the axis', () => {
    const late = { ...fast, steps: [...fast.steps, step('answer', 400, 7_200_000), step('output', 400, 900)] }
    expect(axisEnd(late)).toBe(900)
    const answer = stepGroups(late, null).find(({ place }) => place === 'computer')?.steps[0]
    expect(Number(answer?.left) + Number(answer?.width)).toBe(100)
  })

  it('are compared with those of the run before, by their labels', () => {
    const before = { ...fast, steps: [step('network', 0, 10, 'a'), step('network', 0, 70, 'b')] }
    const now = { ...fast, steps: [step('network', 0, 20, 'b'), step('create', 20, 30)] }
    const shown = stepGroups(now, before).flatMap(({ steps }) => steps)
    expect(shown.map(({ before }) => before)).toEqual([70, null])
  })
})

describe('the reasons', () => {
  const keys = (timeline: typeof fast, before: typeof fast | null = null) =>
    timelineReasons(timeline, before).map(({ key }) => key)

  it('are absent for a fast start', () => {
    expect(keys(fast)).toEqual([])
    expect(totalTime(fast)).toBe(400)
  })

  it('name the pull with its size and speed', () => {
    const pulled = {
      ...fast,
      facts: { ...facts, cached: false, pulledBytes: 20_000_000, pulledLayers: 2 },
      steps: [step('pull', 0, 14_200), step('download', 100, 4_100), step('unpack', 4_100, 14_000)],
    }
    expect(timelineReasons(pulled, null)[0]).toEqual({
      key: 'pull',
      params: { size: '20 MB', duration: '14.2 s', rate: '5 MB' },
    })
    expect(keys(pulled)).toEqual(['pull', 'unpack'])
    expect(keys(fast, pulled)).toEqual(['pullBefore'])
    expect(keys({ ...pulled, state: 'running', steps: [step('pull', 0, null)] })).toEqual([])
  })

  it('of a pull do not say that the image was missing: it may have been there', () => {
    const asked = { ...fast, kind: 'pull' as const, steps: [step('pull', 0, 2_000)] }
    const update = {
      ...asked,
      facts: { ...facts, cached: null, pulledBytes: 20_000_000, pulledLayers: 2 },
      steps: [step('pull', 0, 5_200), step('download', 0, 4_000)],
    }
    expect(keys({ ...asked, facts: { ...facts, cached: null } })).toEqual(['pulledNothing'])
    expect(timelineReasons(update, null)).toEqual([
      { key: 'pulled', params: { size: '20 MB', duration: '5.2 s', rate: '5 MB' } },
    ])
  })

  it('name the cached steps of a build, and do not compare one step with another', () => {
    const instruction = (label: string, endedAt: number, cached: boolean) => ({
      ...step('instruction', 0, endedAt, label),
      cached,
    })
    const build = (...steps: TimelineStep[]) => timelineWith({ kind: 'build', facts, steps })
    const now = build(instruction('FROM', 5, true), instruction('RUN b', 900, false))
    expect(timelineReasons(now, null)).toEqual([{ key: 'cached', params: { count: '1', total: '2' } }])
    const before = build(instruction('FROM', 6, true), instruction('RUN a', 100, false))
    const shown = stepGroups(now, before).flatMap(({ steps }) => steps)
    expect(shown.map((one) => one.before)).toEqual([6, null])
  })

  it('name the emulation, the health check and the exit code', () => {
    const slow = {
      ...fast,
      facts: { ...facts, emulated: true, healthIntervalMs: 5_000 },
      steps: [
        step('process', 100, 2_000),
        step('healthy', 2_000, 7_100),
        step('ended', 2_000, 9_000, '3'),
        step('woken', 0, 80),
      ],
    }
    expect(keys(slow)).toEqual(['woken', 'emulated', 'health', 'ended'])
    expect(keys({ ...fast, steps: [...fast.steps, step('ended', 400, 500, '0')] })).toEqual([])
  })

  it('name the steps that took clearly longer than before', () => {
    const slow = {
      ...fast,
      steps: [step('lookup', 0, 60), step('create', 60, 1_500), step('start', 1_500, 1_900)],
    }
    const slower = slowerSteps(stepGroups(slow, fast))
    expect(slower.map(({ step, took, before }) => [step.name, took, before])).toEqual([['create', 1_440, 90]])
  })
})

it('shows short durations exactly', () => {
  expect([0.04, 0.42, 12.4, 999.4, 8_412].map(exactDuration)).toEqual([
    '0 ms',
    '0.4 ms',
    '12 ms',
    '999 ms',
    '8.4 s',
  ])
})
