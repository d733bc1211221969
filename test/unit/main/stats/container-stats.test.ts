import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine/engine'
import type { EngineChange } from '../../../../src/main/engine/engine-state'
import { ContainerStats } from '../../../../src/main/stats/container-stats'
import type { MeterEvents, MeterTask } from '../../../../src/main/stats/meter'
import type { Container } from '../../../../src/shared/containers'
import { silentLog } from '../../../support/fake-services'
import { container } from '../../renderer/support'
import { reading, sample } from './support'

class FakeState extends EventEmitter<{ change: [EngineChange] }> {
  readonly containers = new Map<string, Container>()
  isOnline = true

  put(change: Partial<Container>): void {
    const next = container(change)
    this.containers.set(next.id, next)
    this.emit('change', { type: 'container', container: next })
  }
}

/** A meter whose samples the test makes. */
class FakeMeter {
  listsProcesses = true
  task: MeterTask | undefined
  closed = false
  readonly events: MeterEvents

  constructor(events: MeterEvents) {
    this.events = events
  }
  apply(task: MeterTask): void {
    this.task = task
  }
  close(): void {
    this.closed = true
  }
}

describe('what containers use', () => {
  let state: FakeState
  let meters: FakeMeter[]
  let stats: ContainerStats
  const commands: string[] = []
  let exitCode = 0
  const meter = () => {
    const last = meters.at(-1)
    if (last === undefined) throw new Error('nothing is measured')
    return last
  }
  /** Lets the meter start. */
  const started = () => new Promise((resolve) => setImmediate(resolve))

  beforeEach(() => {
    state = new FakeState()
    meters = []
    commands.length = 0
    exitCode = 0
    const start = (kind: string) => (events: MeterEvents) => {
      const made = new FakeMeter(events)
      made.listsProcesses = kind === 'guest'
      meters.push(made)
      return Promise.resolve(made)
    }
    stats = new ContainerStats({
      link: {
        openCommand: () => Promise.reject(new Error('the test has its own meter')),
        exec: (command) => {
          commands.push(command)
          return Promise.resolve({ code: exitCode, stdout: '', stderr: '' })
        },
      },
      state,
      log: silentLog,
      engine: new Engine({ link: { openUnixSocket: () => Promise.reject(new Error('unused')) } }),
      meters: [start('guest'), start('engine')],
    })
  })

  it('is measured only while a window is open and a container runs', async () => {
    state.put({ id: 'web', state: 'exited' })
    const window = new AbortController()
    stats.windowOpened(window.signal)
    await started()
    expect(meters).toEqual([])
    state.put({ id: 'web', state: 'running', pid: 12 })
    await started()
    expect(meter().task).toMatchObject({ containers: new Map([['web', 12]]), interval: 5000 })
    window.abort()
    expect(meter().closed).toBe(true)
  })

  it('is not measured if all containers are paused, because the machine may pause then', async () => {
    stats.windowOpened(new AbortController().signal)
    state.put({ id: 'web', state: 'paused', pid: 12 })
    await started()
    expect(meters).toEqual([])
  })

  it('is measured each second while somebody watches, and every five seconds again afterwards', async () => {
    state.put({ id: 'web', pid: 12 })
    stats.windowOpened(new AbortController().signal)
    await started()
    const end = stats.watch().subscribe(() => undefined)
    expect(meter().task?.interval).toBe(1000)
    const endProcesses = stats.watchProcesses('web').subscribe(() => undefined)
    end()
    expect(meter().task).toMatchObject({ interval: 1000, processesOf: new Set(['web']) })
    endProcesses()
    expect(meter().task).toMatchObject({ interval: 5000, processesOf: new Set() })
    expect(meters).toHaveLength(1)
  })

  it('reaches the watchers of all containers and of one container', async () => {
    state.put({ id: 'web', pid: 12 })
    state.put({ id: 'db', pid: 13 })
    const all: string[][] = []
    const one: string[][] = []
    const record = (into: string[][]) => (event: { type: string; points?: { id: string }[] }) =>
      into.push((event.points ?? []).map(({ id }) => id))
    stats.watch().subscribe(record(all))
    stats.watch('db').subscribe(record(one))
    await started()
    for (const second of [1, 2]) meter().events.onSample(sample(second, reading(), reading({ id: 'db' })))
    meter().events.onSample(sample(3, reading()))
    expect(all).toEqual([['web', 'db'], ['web']])
    expect(one).toEqual([['db']])
    const history = stats.watch('db').snapshot()
    expect(history).toMatchObject({ type: 'history', containers: [{ id: 'db', series: { cpu: [0] } }] })
  })

  it('is forgotten when the container is removed', async () => {
    state.put({ id: 'web', pid: 12 })
    stats.watch().subscribe(() => undefined)
    await started()
    for (const second of [1, 2]) meter().events.onSample(sample(second, reading()))
    state.containers.delete('web')
    state.emit('change', { type: 'container-removed', id: 'web' })
    expect(stats.watch().snapshot()).toEqual({ type: 'history', containers: [] })
  })

  it('is measured again after the meter has ended by itself, and after the engine was offline', async () => {
    state.put({ id: 'web', pid: 12 })
    stats.watch().subscribe(() => undefined)
    await started()
    meter().events.onSample(sample(1))
    meter().events.onEnd()
    await expect.poll(() => meters.length).toBe(2)
    expect(meter().listsProcesses).toBe(true)
    state.isOnline = false
    state.emit('change', { type: 'offline' })
    expect(meter().closed).toBe(true)
    state.isOnline = true
    state.put({ id: 'web', pid: 40 })
    await started()
    expect(meters).toHaveLength(3)
    expect(meter().task?.containers).toEqual(new Map([['web', 40]]))
  })

  it('comes from the next meter if the best one ends before its first sample', async () => {
    state.put({ id: 'web', pid: 12 })
    const watched = stats.watchProcesses('web')
    watched.subscribe(() => undefined)
    await started()
    meter().events.onEnd()
    await expect.poll(() => meters.length).toBe(2)
    expect(meter().listsProcesses).toBe(false)
    meter().events.onSample(sample(1, reading()))
    expect(watched.snapshot()).toMatchObject({ supported: false })
    // The last meter is tried again and again.
    meter().events.onEnd()
    await expect.poll(() => meters.length).toBe(3)
    expect(meter().listsProcesses).toBe(false)
    // Another start of the machine may bring another guest image.
    state.isOnline = false
    state.emit('change', { type: 'offline' })
    state.isOnline = true
    state.put({ id: 'web', pid: 40 })
    await started()
    expect(meter().listsProcesses).toBe(true)
  })

  it('lists processes for their watchers, who get the newest list first', async () => {
    state.put({ id: 'web', pid: 12 })
    const watched = stats.watchProcesses('web')
    const counts: number[] = []
    const end = watched.subscribe(({ processes }) => counts.push(processes.length))
    await started()
    expect(watched.snapshot()).toBeUndefined()
    meter().events.onSample(sample(1, reading({ processes: [] })))
    expect(counts).toEqual([0])
    expect(watched.snapshot()).toEqual({ processes: [], truncated: false, supported: true })
    end()
    expect(watched.snapshot()).toBeUndefined()
  })

  it('a signal reaches a process only through the machine’s own check', async () => {
    state.put({ id: 'web', pid: 12 })
    await stats.signal({ id: 'web', pid: 99, start: 1234 }, 'KILL')
    expect(commands).toEqual(['/usr/lib/berth/container-stats signal web 99 1234 9'])
    exitCode = 3
    const process = { id: 'web', pid: 99, start: 1234 }
    await expect(stats.signal(process, 'TERM')).rejects.toMatchObject({ code: 'container.process-gone' })
    exitCode = 1
    await expect(stats.signal(process, 'TERM')).rejects.toMatchObject({ code: 'container.signal-failed' })
    commands.length = 0
    const unknown = stats.signal({ ...process, id: '; reboot' }, 'TERM')
    await expect(unknown).rejects.toMatchObject({ code: 'container.not-found' })
    expect(commands).toEqual([])
  })
})
