import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ComposeRuns, type ComposeRunsOptions } from '../../../../src/main/timelines/compose-runs'
import type { Timeline } from '../../../../src/shared/timelines'
import { timelineWith } from '../../../support/timeline'
import {
  type ComposeEvent,
  downEvents,
  recreateEvents,
  restartEvents,
  runEvents,
  upEvents,
} from './recorded-compose'

const project = { 'com.docker.compose.project': 'recorded' }
const epoch = 1_795_942_749_105
let kept: Timeline[]
/** The last report of each timeline. */
let reported: Map<string, Timeline>
let health: string | null
/** The projects for which Berth runs compose. */
let composing: string[]
let runs: ComposeRuns

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  kept = []
  reported = new Map()
  health = null
  composing = []
  const objects = (...ids: string[]) => new Map(ids.map((id) => [id, { labels: project }]))
  const containers = { get: () => ({ health }) }
  const state = { containers, networks: objects('aac51120'), volumes: objects('recorded') }
  runs = new ComposeRuns({
    state: state as unknown as ComposeRunsOptions['state'],
    timelines: () => kept,
    isEmulated: () => true,
    isComposing: (name) => composing.includes(name),
    report: (timeline) => reported.set(timeline.id, timeline),
  })
})
afterEach(() => {
  runs.forget()
  vi.useRealTimers()
})

function take(...events: ComposeEvent[]): void {
  for (const [Type, Action, ID, name, at, service, more] of events) {
    const isPart = Type !== 'container' && (Action === 'connect' || Action === 'mount')
    const labels = service === undefined ? {} : { ...project, 'com.docker.compose.service': service }
    const Attributes = { ...labels, ...(isPart ? { container: name } : { name }), image: 'busybox', ...more }
    runs.take({ Type, Action, Actor: { ID, Attributes }, timeNano: (epoch + at) * 1e6 })
  }
}
const quiet = (ms = 10_000) => vi.advanceTimersByTime(ms)
const shown = () => [...reported.values()]
const steps = (timeline: Timeline | undefined) =>
  timeline?.steps.map(({ name, label, startedAt, endedAt }) => [name, label, startedAt, endedAt])

describe('a compose up of another program', () => {
  it('is one timeline, from the network to the last start', () => {
    take(...upEvents)
    expect(shown()).toMatchObject([
      { kind: 'compose', origin: 'docker', state: 'running', name: 'recorded', startedAt: epoch },
    ])
    quiet()
    expect(shown()).toMatchObject([{ state: 'done', error: null, facts: { emulated: true } }])
    expect(steps(shown()[0])).toEqual([
      ['makeNetwork', 'recorded_default', 0, 0],
      ['makeVolume', 'recorded', 0, 51.1],
      ['create', 'recorded-db-1', 51.1, 245],
      ['create', 'recorded-web-1', 245, 404.5],
      // The call began before the network was attached.
      ['start', 'recorded-db-1', 404.5, 1781.9],
      ['healthy', 'recorded-db-1', 1781.9, 3123.4],
      ['start', 'recorded-web-1', 3123.4, 4352.8],
    ])
  })

  it('is over when a container is restarted or the project goes down, which are no runs', () => {
    take(...upEvents, ...restartEvents)
    expect(shown()).toMatchObject([{ state: 'done' }])
    take(...runEvents, ...downEvents)
    quiet()
    expect(shown()).toHaveLength(1)
    expect(steps(shown()[0])).toHaveLength(7)
  })

  it('shows how old containers are replaced, under their own names', () => {
    take(...upEvents, ...recreateEvents)
    quiet()
    const [first, second] = shown()
    expect([first?.state, second?.state]).toEqual(['done', 'done'])
    expect(second?.steps.map(({ name, label }) => `${name} ${label}`)).toEqual([
      ...['create recorded-db-1', 'stopped recorded-db-1', 'remove recorded-db-1'],
      ...['create recorded-web-1', 'stopped recorded-web-1', 'remove recorded-web-1'],
      ...['start recorded-db-1', 'healthy recorded-db-1', 'start recorded-web-1'],
    ])
    expect(second?.steps.some(({ failed }) => failed)).toBe(false)
  })

  it('lasts while a container waits for another one, or for its first health check', () => {
    take(...upEvents.slice(0, 6))
    quiet(60_000)
    expect(shown()).toMatchObject([{ state: 'running' }])
    take(...upEvents.slice(6))
    health = 'starting'
    quiet(60_000)
    expect(shown()).toMatchObject([{ state: 'running' }])
    health = 'healthy'
    quiet()
    expect(shown()).toMatchObject([{ state: 'done' }])
  })

  it('does not wait forever', () => {
    take(...upEvents.slice(0, 6))
    quiet(11 * 60_000)
    expect(shown()).toMatchObject([{ state: 'done' }])
  })

  it('has the pulls of its images, as long as they took, but no earlier pull', () => {
    const pull = { name: 'pull', label: '', startedAt: 100, endedAt: 2100, failed: false } as const
    kept = [timelineWith({ kind: 'pull', image: 'busybox:latest', steps: [pull] })]
    take(['image', 'pull', 'busybox:latest', 'busybox', -90_000])
    take(['image', 'pull', 'other:latest', 'other', -500])
    take(['image', 'pull', 'busybox:latest', 'busybox', -1000], ...upEvents)
    expect(steps(shown()[0])?.slice(0, 2)).toEqual([
      ['pull', 'db', 0, 2000],
      ['makeNetwork', 'recorded_default', 2000, 3000],
    ])
  })

  it('shows a container that has done its work, and one that has failed or is unhealthy', () => {
    take(...upEvents.slice(0, 6))
    take(['container', 'health_status: unhealthy', 'bd7102b4', 'recorded-db-1', 2000, 'db'])
    take(['container', 'die', 'bd7102b4', 'recorded-db-1', 2500, 'db', { exitCode: '3' }])
    expect(shown()[0]?.steps.slice(-2)).toMatchObject([
      { name: 'unhealthy', failed: true },
      { name: 'ended', label: 'recorded-db-1', startedAt: 1781.9, endedAt: 2500, failed: true },
    ])
  })

  it('is over although a container is well and ill in turns, or restarts in a loop', () => {
    take(...upEvents)
    for (let at = 5000; at < 35_000; at += 1000) {
      const ill = at % 2000 === 0
      take(['container', `health_status: ${ill ? 'un' : ''}healthy`, 'bd7102b4', 'recorded-db-1', at, 'db'])
      take(['container', 'die', '1c9862d3', 'recorded-web-1', at, 'web', { exitCode: '1' }])
      take(['container', 'start', '1c9862d3', 'recorded-web-1', at + 1, 'web'])
      quiet(1000)
    }
    expect(shown()).toMatchObject([{ state: 'done' }])
    expect(shown()[0]?.steps.filter(({ name }) => name === 'ended')).toHaveLength(1)
  })

  it('waits ten minutes from its begin, although there are new steps', () => {
    take(...upEvents.slice(0, 6))
    quiet(9 * 60_000)
    take(['container', 'die', 'bd7102b4', 'recorded-db-1', 2000, 'db', { exitCode: '1' }])
    expect(shown()).toMatchObject([{ state: 'running' }])
    quiet(2 * 60_000)
    expect(shown()).toMatchObject([{ state: 'done' }])
  })

  it('has failed if the connection is lost', () => {
    take(...upEvents)
    runs.disconnected()
    quiet()
    expect(shown()).toMatchObject([{ state: 'failed', error: { code: 'machine.connection-lost' } }])
  })
})

describe('no compose up of another program', () => {
  it('is one that creates containers without a start', () => {
    take(...upEvents.slice(0, 4))
    quiet(11 * 60_000)
    expect(shown()).toEqual([])
  })

  it('is an action of Berth on the project', () => {
    composing = ['recorded']
    take(...upEvents)
    expect(shown()).toEqual([])
  })

  const parked: ComposeEvent = ['container', 'rename', '1c9862d3', 'recorded-web-1-before-0123abcd', 0, 'web']

  it.each(['recorded-web-1', 'renamed'])(
    'is an edit of a container in Berth, now with the name %s',
    (name) => {
      take(
        parked,
        ['container', 'create', 'new', name, 10, 'web'],
        ['container', 'start', 'new', name, 20, 'web'],
      )
      expect(shown()).toEqual([])
    },
  )

  it.each([
    [
      'has given the container its name back',
      ['container', 'rename', '1c9862d3', 'recorded-web-1', 1, 'web'],
    ],
    ['has removed it', ['container', 'destroy', '1c9862d3', 'recorded-web-1-before-0123abcd', 1, 'web']],
  ] as [string, ComposeEvent][])('is an edit, but a later start is one, once the edit %s', (_end, end) => {
    take(parked, end, ...upEvents)
    expect(steps(shown()[0])?.filter(([name]) => name === 'create')).toHaveLength(2)
  })

  it('is a run of a container without the labels', () => {
    take(['container', 'create', 'new', 'web', 10], ['container', 'start', 'new', 'web', 20])
    expect(shown()).toEqual([])
  })
})
