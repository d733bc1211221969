import { EventEmitter } from 'node:events'
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DockerEvent, EngineChange } from '../../../../src/main/engine'
import type { PortAnswer } from '../../../../src/main/ports'
import { Timelines } from '../../../../src/main/timelines'
import type { Container } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import { silentLog } from '../../../support/fake-services'

const id = 'c'.repeat(64)
let folder: string
let timelines: Timelines
let state: EventEmitter<{ reported: [DockerEvent]; change: [EngineChange] }>
let ports: EventEmitter<{ answered: [PortAnswer] }>
/** The containers whose first output was asked for, with the time after which it counts. */
let asked: [id: string, since: number][]

async function open(): Promise<Timelines> {
  state = new EventEmitter()
  ports = new EventEmitter()
  return Timelines.create(
    {
      log: silentLog,
      state: Object.assign(state, {
        ...{ containers: new Map<string, Container>(), networks: new Map(), volumes: new Map() },
        refreshContainer: () => Promise.resolve(),
      }),
      ports,
      link: { exec: () => Promise.reject(new Error('no machine')) },
      engine: {
        containers: {
          firstOutput: (container, { since }) => {
            asked.push([container, since])
            return Promise.resolve(since + 30)
          },
          details: () => Promise.reject(new Error('no engine')),
        },
      },
      isEmulated: () => false,
      isComposing: () => false,
    },
    await Timelines.read(folder, silentLog),
  )
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-timelines-'))
  asked = []
  timelines = await open()
})
afterEach(async () => {
  vi.useRealTimers()
  await timelines.close()
  await rm(folder, { recursive: true, force: true })
})

/** The engine reports an event that happens now. */
function report(Action: string, container = id, Attributes: Record<string, string> = {}): void {
  const timeNano = (performance.timeOrigin + performance.now()) * 1e6
  const isNetwork = Action === 'connect'
  const Actor = isNetwork
    ? { ID: 'network', Attributes: { container, name: 'bridge' } }
    : { ID: container, Attributes }
  state.emit('reported', { Type: isNetwork ? 'network' : 'container', Action, Actor, timeNano })
}
/** Resolves when the changes of this turn of the event loop are in the list. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))
const names = (index: number) => timelines.list()[index]?.steps.map(({ name }) => name)

describe('timelines', () => {
  it('collect the events of a run, also those before the answer of the create call', async () => {
    const run = timelines.begin({ kind: 'run', origin: 'berth', image: 'nginx' })
    await run.during('create', () => {
      report('create', id, { name: 'web', image: 'nginx' })
      return Promise.resolve()
    })
    run.created(id)
    await run.during('start', () => {
      report('connect')
      report('start')
      return Promise.resolve()
    })
    run.end()
    ports.emit('answered', { containerId: id, hostPort: 8080 })
    ports.emit('answered', { containerId: id, hostPort: 9090 })
    report('health_status: healthy')
    report('health_status: healthy')
    await settled()
    expect(timelines.list()).toMatchObject([{ name: 'web', containerId: id, state: 'done' }])
    expect(new Set(names(0))).toEqual(
      new Set(['received', 'create', 'network', 'process', 'start', 'output', 'answer', 'healthy']),
    )
    expect(names(0)?.filter((name) => name === 'answer' || name === 'healthy')).toHaveLength(2)
    expect(asked.map(([container]) => container)).toEqual([id])
  })

  it('of starts without a call consist of events, once a minute for a container in a loop', async () => {
    for (let times = 0; times < 5; times++) {
      report('connect')
      report('start', id, { name: 'loop', image: 'busybox' })
      report('die', id, { exitCode: '3' })
    }
    await settled()
    expect(timelines.list()).toMatchObject([{ kind: 'start', origin: 'engine', name: 'loop' }])
    expect(new Set(names(0))).toEqual(new Set(['network', 'process', 'ended', 'output']))
  })

  it('do not show an end that somebody has asked for', async () => {
    for (const action of ['kill', 'start', 'kill', 'die']) report(action, id, { exitCode: '137' })
    report('start', 'd'.repeat(64))
    report('die', 'd'.repeat(64), { exitCode: '1' })
    await settled()
    expect(names(0)).toContain('process')
    expect(names(0)).not.toContain('ended')
    expect(names(1)).toContain('ended')
  })

  it('of a restart show the end of the old process', async () => {
    const restart = timelines.begin({ kind: 'restart', origin: 'berth', containerId: id })
    await restart.during('start', () => {
      for (const action of ['die', 'connect', 'start']) report(action, id, { exitCode: '0' })
      return Promise.resolve()
    })
    restart.end()
    await settled()
    expect(names(0)).toEqual(expect.arrayContaining(['stopped', 'network', 'process', 'start']))
    expect(names(0)).not.toContain('ended')
  })

  it('do not take the events of another container, or of a machine that is gone', async () => {
    timelines.begin({ kind: 'start', origin: 'berth', containerId: id })
    report('connect', 'd'.repeat(64))
    state.emit('change', { type: 'offline' })
    report('health_status: healthy')
    await settled()
    expect(names(0)).toEqual(['received'])
  })

  it('take a build of another program by its own clock, and never another timeline', async () => {
    const build = { id: 'ref1', name: 'app:latest', startedAt: 1_000_000, endedAt: null, error: undefined }
    timelines.report({ ...build, steps: [] })
    expect(timelines.list()).toMatchObject([{ id: 'ref1', state: 'running', steps: [] }])
    const step = { cached: false, error: null }
    const steps = [
      { ...step, name: '[2/2] RUN false', startedAt: 1_000_300, endedAt: null, error: 'exit code: 1' },
      { ...step, name: '[1/2] FROM shared', startedAt: 999_000, endedAt: 1_000_200, cached: true },
      { ...step, name: 'never begun', startedAt: null, endedAt: null },
    ]
    timelines.report({
      ...build,
      endedAt: 1_000_500,
      steps,
      error: new BerthError('build.failed', { name: 'a' }),
    })
    expect(timelines.list()).toMatchObject([
      {
        ...{ kind: 'build', origin: 'docker', state: 'failed', startedAt: 1_000_000, clockErrorMs: null },
        steps: [
          { label: '[1/2] FROM shared', startedAt: 0, endedAt: 200, cached: true, failed: false },
          { label: '[2/2] RUN false', startedAt: 300, endedAt: 500, cached: false, failed: true },
        ],
      },
    ])
    timelines.begin({ kind: 'pull', origin: 'berth', id: 'ref2' })
    timelines.report({ ...build, id: 'ref2', steps: [] })
    expect(timelines.list().map(({ kind }) => kind)).toEqual(['build', 'pull'])
    await timelines.close()
    timelines = await open()
    expect(timelines.list()).toMatchObject([{ id: 'ref1', state: 'failed' }, { kind: 'pull' }])
  })

  it('of a build of another program have at most 300 steps, short texts and no secrets', () => {
    const step = { startedAt: 1, endedAt: 2, cached: false, error: null, name: 'RUN PASSWORD=s3cret x' }
    const error = new BerthError('build.failed', { name: 'a' }, { detail: 'x'.repeat(10_000_000) })
    const steps = Array.from({ length: 400 }, () => step)
    timelines.report({ id: 'ref1', name: 'app', startedAt: 1, endedAt: 3, steps, error })
    const [timeline] = timelines.list()
    expect(timeline?.steps).toHaveLength(300)
    expect(timeline?.steps[0]?.label).toBe('RUN PASSWORD=… x')
    expect(timeline?.error?.detail).toHaveLength(4000)
  })

  it('of a build that was one of this app are removed, also from the file', async () => {
    const build = { name: 'app', startedAt: 1, endedAt: null, steps: [], error: undefined }
    timelines.report({ ...build, id: 'ref1' })
    timelines.report({ ...build, id: 'ref2' })
    timelines.withdraw('ref1')
    expect(timelines.list().map(({ id: kept }) => kept)).toEqual(['ref2'])
    timelines.begin({ kind: 'pull', origin: 'berth', id: 'task' })
    timelines.withdraw('task')
    await timelines.close()
    timelines = await open()
    expect(timelines.list().map(({ id: kept }) => kept)).toEqual(['ref2', 'task'])
  })

  it('get the events of their container back if another call has changed nothing', async () => {
    const start = timelines.prepare({ kind: 'start', origin: 'docker', containerId: id })
    timelines.publish(start)
    report('start')
    start.end()
    const before = timelines.current(id)
    const useless = timelines.prepare({ kind: 'start', origin: 'docker', containerId: id })
    timelines.discard(useless, before)
    report('health_status: healthy')
    await settled()
    expect(names(0)).toContain('healthy')
    expect(timelines.list()).toHaveLength(1)
  })

  it('of a call that has started nothing do not take the next start', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const failed = timelines.begin({ kind: 'start', origin: 'berth', containerId: id })
    failed.end(new Error('port taken'))
    vi.advanceTimersByTime(2 * 3_600_000)
    report('die', id, { exitCode: '1' })
    report('connect')
    report('start', id, { name: 'web' })
    vi.useRealTimers()
    await settled()
    expect(names(0)).toEqual(['received'])
    expect(timelines.list()[1]).toMatchObject({ kind: 'start', origin: 'engine', name: 'web' })
  })

  it('show the first answer and the end also after a pull of hours', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const run = timelines.begin({ kind: 'run', origin: 'berth', containerId: id })
    vi.advanceTimersByTime(3_600_000)
    report('start')
    run.end()
    ports.emit('answered', { containerId: id, hostPort: 8080 })
    report('die', id, { exitCode: '0' })
    vi.useRealTimers()
    await settled()
    expect(names(0)).toEqual(expect.arrayContaining(['answer', 'ended']))
  })

  it('are kept after a restart of Berth, at most 200, without a line that a crash has cut off', async () => {
    for (let index = 0; index < 205; index++)
      timelines.begin({ kind: 'pull', origin: 'docker', image: String(index) }).end()
    timelines.begin({ kind: 'run', origin: 'berth', image: 'unfinished' })
    await settled()
    await timelines.close()
    const [file = ''] = await readdir(folder)
    await appendFile(join(folder, file), '{"timeline":{"id":"')
    timelines = await open()
    expect(timelines.list()).toHaveLength(200)
    expect(timelines.list()[0]).toMatchObject({ image: '6', state: 'done' })
    expect(timelines.list().at(-1)).toMatchObject({ image: 'unfinished', state: 'interrupted' })
    await timelines.forget()
    expect(timelines.list()).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })
})
