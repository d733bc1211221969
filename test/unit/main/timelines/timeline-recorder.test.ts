import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hostNow } from '../../../../src/main/timelines'
import { TimelineRecorder } from '../../../../src/main/timelines/timeline-recorder'
import { BerthError } from '../../../../src/shared/errors'
import type { LayerProgress } from '../../../../src/shared/images'
import type { TimelineStepName } from '../../../../src/shared/timelines'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Runs a start of 100 ms that begins at 20 ms. The guest's clock is ahead by `ahead`. */
function started(ahead: number, reports: [name: TimelineStepName, at: number, delay: number][]) {
  const recorder = new TimelineRecorder({ kind: 'start', origin: 'berth' })
  const begin = hostNow()
  vi.advanceTimersByTime(20)
  const end = recorder.begin('start')
  for (const [name, at, delay] of reports)
    recorder.report({ name, label: '', guest: begin + at + ahead, arrived: begin + at + delay })
  vi.advanceTimersByTime(100)
  end()
  recorder.end()
  return recorder.snapshot()
}
const named = (timeline: ReturnType<TimelineRecorder['snapshot']>, name: TimelineStepName) =>
  timeline.steps.find((step) => step.name === name)

describe('a timeline', () => {
  it('begins with the page’s request, or with its arrival', () => {
    const sentAt = Date.now()
    vi.advanceTimersByTime(12)
    const fromPage = new TimelineRecorder({ kind: 'run', origin: 'berth', sentAt }).snapshot()
    expect(fromPage.steps).toMatchObject([{ name: 'sent', startedAt: 0 }])
    expect(fromPage.steps[0]?.endedAt).toBeCloseTo(12, 0)
    const fromSocket = new TimelineRecorder({ kind: 'run', origin: 'docker' }).snapshot()
    expect(fromSocket.steps).toMatchObject([{ name: 'received', startedAt: 0, endedAt: 0 }])
  })

  it('ignores the clock of a page that is wrong', () => {
    for (const sentAt of [Date.now() + 60_000, Date.now() - 3_600_000]) {
      const timeline = new TimelineRecorder({ kind: 'run', origin: 'berth', sentAt }).snapshot()
      expect(timeline.steps).toMatchObject([{ name: 'received', startedAt: 0 }])
    }
  })

  it('has the page’s request also if the system stops this process while it reads the clocks', () => {
    // The page sends the request just before it arrives.
    const sentAt = Date.now() + 50
    const read = performance.now.bind(performance)
    const now = vi.spyOn(performance, 'now').mockImplementation(() => {
      vi.advanceTimersByTime(50)
      return read()
    })
    const { steps } = new TimelineRecorder({ kind: 'run', origin: 'berth', sentAt }).snapshot()
    now.mockRestore()
    expect(steps).toMatchObject([{ name: 'sent', startedAt: 0 }])
  })

  it.each([0, 86_400_000, -5_000])(
    'places the machine’s times inside of the call, whatever its clock says (%i ms)',
    (ahead) => {
      const timeline = started(ahead, [
        ['network', 60, 2],
        ['process', 110, 2],
      ])
      const [network, process] = [named(timeline, 'network'), named(timeline, 'process')]
      expect(network?.startedAt).toBeCloseTo(20, 1)
      expect(network?.endedAt).toBeGreaterThanOrEqual(20)
      expect(network?.endedAt).toBeLessThanOrEqual(62)
      expect(Number(process?.endedAt) - Number(network?.endedAt)).toBeCloseTo(50, 1)
      expect(process?.startedAt).toBe(network?.endedAt)
      expect(process?.endedAt).toBeLessThanOrEqual(120)
      // The first event is at most 40 ms after the call, and arrives after 2 ms.
      expect(timeline.clockErrorMs).toBeCloseTo(21, 0)
    },
  )

  it('finds the difference again if the machine’s clock is set between two events', () => {
    const recorder = new TimelineRecorder({ kind: 'run', origin: 'berth' })
    const endCreate = recorder.begin('create')
    vi.advanceTimersByTime(10)
    recorder.limitClock('create', { guest: hostNow(), arrived: hostNow() })
    endCreate()
    const endStart = recorder.begin('start')
    vi.advanceTimersByTime(100)
    recorder.report({ name: 'process', label: '', guest: hostNow() + 5_000, arrived: hostNow() })
    endStart()
    // The start has 100 ms for its event, and the event of the creation says nothing about the new clock.
    expect(recorder.snapshot().clockErrorMs).toBeCloseTo(50, 0)
    expect(recorder.hostTime(hostNow() + 5_000)).toBeCloseTo(hostNow() - 50, 0)
  })

  it('begins at this computer’s time of day, also after its clock was set', () => {
    vi.setSystemTime(Date.now() + 8 * 3_600_000)
    const { startedAt, steps } = new TimelineRecorder({ kind: 'start', origin: 'berth' }).snapshot()
    expect(startedAt).toBeCloseTo(Date.now(), -1)
    expect(steps).toMatchObject([{ startedAt: 0 }])
  })

  it('says that the error of the machine’s times is not known if no call limits it', () => {
    const recorder = new TimelineRecorder({ kind: 'start', origin: 'engine' })
    recorder.report({ name: 'process', label: '', guest: 1_000, arrived: hostNow() })
    expect(recorder.snapshot()).toMatchObject({ clockErrorMs: null, steps: [{ name: 'process' }] })
  })

  it('puts output that the engine reports before the start after the network', () => {
    const timeline = started(0, [
      ['network', 60, 0],
      ['process', 110, 0],
      ['output', 100, 10],
    ])
    expect(timeline.steps.map(({ name }) => name)).toEqual([
      'received',
      'network',
      'output',
      'process',
      'start',
    ])
    expect(named(timeline, 'output')?.startedAt).toBe(named(timeline, 'network')?.endedAt)
  })

  it('never places a report after its arrival, also when the machine’s clock was set meanwhile', () => {
    const recorder = new TimelineRecorder({ kind: 'start', origin: 'berth' })
    const end = recorder.begin('start')
    recorder.report({ name: 'process', label: '', guest: hostNow(), arrived: hostNow() })
    end()
    recorder.end()
    recorder.report({ name: 'healthy', label: '', guest: hostNow() + 90_000, arrived: hostNow() })
    expect(named(recorder.snapshot(), 'healthy')?.endedAt).toBeLessThan(1_000)
  })

  it('ends with the failed step and its error', async () => {
    const recorder = new TimelineRecorder({ kind: 'start', origin: 'berth' })
    const error = new BerthError('port.taken', {
      port: 80,
      address: '127.0.0.1',
      protocol: 'tcp',
      owner: 'nginx',
    })
    await expect(recorder.during('reserve', () => Promise.reject(error), '80')).rejects.toBe(error)
    recorder.begin('start')
    recorder.end(error)
    const timeline = recorder.snapshot()
    expect(timeline).toMatchObject({
      state: 'failed',
      error: { code: 'port.taken', params: { owner: 'nginx' } },
    })
    expect(named(timeline, 'reserve')).toMatchObject({ failed: true, label: '80' })
    expect(named(timeline, 'start')?.endedAt).not.toBeNull()
  })

  it('turns a creation without an image into the look-up, and measures the pull’s layers', () => {
    const recorder = new TimelineRecorder({ kind: 'run', origin: 'docker' })
    recorder.begin('create')
    vi.advanceTimersByTime(5)
    recorder.becomeLookup()
    const endPull = recorder.begin('pull')
    const layer = (status: LayerProgress['status'], current = 0): LayerProgress[] => [
      { id: 'a', status, current, total: 1_000 },
      { id: 'b', status: 'exists', current: 0, total: 0 },
    ]
    for (const state of [
      layer('waiting'),
      layer('downloading', 500),
      layer('downloaded'),
      layer('extracting'),
    ]) {
      recorder.layers(state)
      vi.advanceTimersByTime(10)
    }
    recorder.layers(layer('complete'))
    endPull()
    const timeline = recorder.snapshot()
    expect(timeline.facts).toMatchObject({ cached: false, pulledBytes: 1_000, pulledLayers: 1 })
    const duration = (name: TimelineStepName) =>
      Number(named(timeline, name)?.endedAt) - Number(named(timeline, name)?.startedAt)
    expect(duration('lookup')).toBeCloseTo(5, 1)
    expect(duration('download')).toBeCloseTo(10, 1)
    expect(duration('unpack')).toBeCloseTo(10, 1)
    expect(duration('pull')).toBeCloseTo(40, 1)
  })

  it('shortens a label that a program may have chosen', () => {
    const recorder = new TimelineRecorder({ kind: 'start', origin: 'berth' })
    recorder.begin('reserve', 'x'.repeat(5_000))()
    expect(named(recorder.snapshot(), 'reserve')?.label).toHaveLength(120)
    const client = new TimelineRecorder({ kind: 'run', origin: 'docker', image: 'x'.repeat(4_000_000) })
    expect(client.snapshot().image).toHaveLength(512)
  })

  it('hides what looks like a secret in a step of a build, and has at most 300 of them', () => {
    const step = { startedAt: hostNow(), endedAt: hostNow(), cached: false, error: null }
    const names = [
      '[2/2] RUN curl --token s3cret',
      ...Array.from({ length: 400 }, (_, index) => String(index)),
    ]
    const own = new TimelineRecorder({ kind: 'build', origin: 'berth' })
    own.instructions(names.map((name) => ({ ...step, name })))
    const [first, ...others] = own.snapshot().steps.filter(({ name }) => name === 'instruction')
    expect(first?.label).toBe('[2/2] RUN curl --token …')
    expect(others).toHaveLength(299)
    const legacy = new TimelineRecorder({ kind: 'build', origin: 'docker' })
    legacy.begin('instruction', `[2/2] RUN ${'x'.repeat(4_000_000)}`)()
    legacy.begin('instruction', '[2/2] ENV API_KEY=s3cret')()
    expect(legacy.snapshot().steps.at(-1)?.label).toBe('[2/2] ENV API_KEY=…')
  })

  it('keeps the end of a long error', () => {
    const recorder = new TimelineRecorder({ kind: 'build', origin: 'docker' })
    const detail = `${'x'.repeat(10_000_000)} exit code: 3`
    recorder.end(new BerthError('build.failed', { name: 'app' }, { detail }))
    expect(recorder.snapshot().error?.detail).toHaveLength(4000)
    expect(recorder.snapshot().error?.detail).toMatch(/^…x.* exit code: 3$/)
  })

  it('has the steps of a build between its begin and their reports, in the order of their ends', () => {
    const ahead = 5000
    const recorder = new TimelineRecorder({ kind: 'build', origin: 'berth', name: 'web' })
    const begin = hostNow() + ahead
    const step = (name: string, startedAt: number | null, endedAt: number | null) => {
      const at = (time: number | null) => (time === null ? null : begin + time)
      return { name, startedAt: at(startedAt), endedAt: at(endedAt), cached: name === 'FROM', error: null }
    }
    vi.advanceTimersByTime(100)
    recorder.instructions([step('FROM', 10, 20), step('RUN', 30, null), step('COPY', null, null)])
    expect(recorder.snapshot().steps.slice(1)).toMatchObject([
      { name: 'instruction', label: 'FROM', cached: true },
      { label: 'RUN', endedAt: null, cached: false },
    ])
    vi.advanceTimersByTime(100)
    recorder.instructions([step('RUN', 30, 190), step('FROM', 10, 20), step('COPY', 195, null)])
    recorder.end(new Error('no space'))
    const { steps, clockErrorMs, state } = recorder.snapshot()
    expect(state).toBe('failed')
    expect(steps.slice(1).map(({ label }) => label)).toEqual(['FROM', 'RUN', 'COPY'])
    for (const { startedAt, endedAt } of steps) {
      expect(startedAt).toBeGreaterThanOrEqual(0)
      expect(endedAt).toBeLessThanOrEqual(200)
    }
    // The error is half of the time between the begin of the build and the first step, and the last report.
    expect(clockErrorMs).toBeLessThanOrEqual(10)
  })
})
