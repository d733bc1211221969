import { EventEmitter } from 'node:events'
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ContainerSetup } from '../../../../src/main/engine/container-setup'
import type { ContainerStorage } from '../../../../src/main/engine/container-storage'
import type { EngineChange, EngineSnapshot } from '../../../../src/main/engine/engine-state'
import { Hints } from '../../../../src/main/hints'
import { composeLabels } from '../../../../src/shared/compose'
import type { Container } from '../../../../src/shared/containers'
import type { ReportedEvent } from '../../../../src/shared/events'
import type { HintList } from '../../../../src/shared/hints'
import type { PortForward } from '../../../../src/shared/ports'
import type { StatsEvent } from '../../../../src/shared/stats'
import { silentLog } from '../../../support/fake-services'
import { container, engineInfo, network } from '../../renderer/support'
import { forward, setup } from './support'

class State extends EventEmitter<{ change: [EngineChange] }> {
  readonly containers = new Map<string, Container>()
  readonly images = new Map()
  readonly networks = new Map()
  engineStartedAt = 0

  snapshot(): EngineSnapshot {
    return {
      type: 'snapshot',
      engine: { ...engineInfo, memory: 1000 },
      containers: [...this.containers.values()],
      images: [],
      volumes: [],
      networks: [network({ name: 'bridge', createdAt: this.engineStartedAt })],
    }
  }
  refreshContainer(id: string): Promise<void> {
    const refreshed = this.containers.get(id)
    if (refreshed !== undefined) this.emit('change', { type: 'container', container: refreshed })
    return Promise.resolve()
  }
  put(change: Partial<Container>): void {
    const next = container(change)
    this.containers.set(next.id, next)
    this.emit('change', { type: 'container', container: next })
  }
}

describe('the hints', () => {
  let home: string
  let state: State
  let setups: Map<string, ContainerSetup>
  let reads: string[]
  let policies: string[]
  let events: EventEmitter<{ event: [ReportedEvent] }> & { list: () => ReportedEvent[] }
  let reported: ReportedEvent[]
  let ports: EventEmitter<{ change: [PortForward[]] }> & { forwards: PortForward[] }
  let closed: string[]
  let stopped: string[]
  let stats: EventEmitter<{ points: [StatsEvent] }>
  /** The containers that the engine cannot inspect. */
  let broken: Set<string>
  let storage: () => Promise<ContainerStorage>
  let hints: Hints
  const leave: (() => void)[] = []

  function open(): Hints {
    return new Hints({
      paths: { home, machine: join(home, 'machine') },
      log: silentLog,
      link: { exec: () => Promise.resolve({ code: 0, stdout: '', stderr: '' }) },
      engine: {
        containers: {
          setup: (id) => {
            reads.push(id)
            if (broken.has(id)) return Promise.reject(new Error('a broken container'))
            return Promise.resolve(setups.get(id))
          },
          storage: () => storage(),
          stop: (id) => {
            stopped.push(id)
            state.containers.set(id, container({ id, name: id, state: 'exited' }))
            return Promise.resolve()
          },
        },
        recreation: {
          setRestartPolicy: (id, { Name }) => {
            policies.push(`${id} ${Name}`)
            setups.set(id, setup({ restartPolicy: Name }))
            return Promise.resolve()
          },
        },
      },
      state,
      events,
      ports,
      lanPorts: {
        set: ({ port }, isOpen) => {
          closed.push(`${String(port)} ${String(isOpen)}`)
          ports.forwards = []
          return Promise.resolve()
        },
      },
      uses: () => ({
        snapshot: () => ({ type: 'history', containers: [] }),
        subscribe: (listener) => {
          stats.on('points', listener)
          return () => stats.off('points', listener)
        },
      }),
    })
  }
  /** Watches until the test ends. Returns a function for the rules that a window shows. */
  function watch(of: Hints = hints, id?: string): () => string[] | undefined {
    let list: HintList | undefined
    leave.push(of.watch(id).subscribe((now) => (list = now)))
    return () =>
      list?.hints.map(
        ({ container, finding, dismissed }) => `${container} ${finding.rule} ${String(dismissed)}`,
      )
  }
  const shows = (list: () => string[] | undefined, expected: string[]) =>
    vi.waitFor(() => {
      expect(list()).toEqual(expected)
    })

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'berth-hints-'))
    await mkdir(join(home, 'machine'))
    state = new State()
    setups = new Map([['web', setup({ privileged: true })]])
    state.containers.set('web', container({ id: 'web', name: 'web' }))
    events = Object.assign(new EventEmitter<{ event: [ReportedEvent] }>(), { list: () => reported })
    reported = []
    reads = []
    broken = new Set()
    storage = () => Promise.reject(new Error('no layer is measured here'))
    policies = []
    closed = []
    stopped = []
    stats = new EventEmitter()
    ports = Object.assign(new EventEmitter<{ change: [PortForward[]] }>(), { forwards: [] })
    hints = open()
  })
  afterEach(async () => {
    for (const end of leave.splice(0)) end()
    await hints.close()
    await rm(home, { recursive: true })
  })

  it('are read only while somebody looks, and again after an event', async () => {
    state.put({ id: 'web', name: 'web' })
    expect(reads).toEqual([])
    const list = watch()
    await shows(list, ['web privileged false'])
    expect(reads).toEqual(['web'])
    const second = watch()
    setups.set('web', setup())
    state.put({ id: 'web', name: 'web', pid: 2 })
    await shows(list, [])
    await shows(second, [])
    expect(reads).toEqual(['web', 'web'])
    for (const end of leave.splice(0)) end()
    state.put({ id: 'web', name: 'web', pid: 3 })
    expect(reads).toHaveLength(2)
    expect(stats.listenerCount('points')).toBe(0)
  })

  it('go with their container', async () => {
    const list = watch()
    await shows(list, ['web privileged false'])
    state.containers.delete('web')
    state.emit('change', { type: 'container-removed', id: 'web' })
    await shows(list, [])
  })

  it('are shown although a container cannot be inspected, which is tried again after an event', async () => {
    const list = watch()
    await shows(list, ['web privileged false'])
    setups.set('db', setup({ privileged: true }))
    broken.add('db')
    state.put({ id: 'db', name: 'db' })
    setups.set('web', setup({ hostPid: true }))
    state.put({ id: 'web', name: 'web', pid: 2 })
    await shows(list, ['web host-namespaces false'])
    broken.clear()
    state.put({ id: 'web', name: 'web', pid: 3 })
    await shows(list, ['web host-namespaces false', 'db privileged false'])
  })

  it('measure the layer of a container in a loop one run after another', async () => {
    const ends: (() => void)[] = []
    storage = () =>
      new Promise((resolve) => {
        ends.push(() => {
          resolve({ layers: undefined } as ContainerStorage)
        })
      })
    watch(hints, 'web')
    await vi.waitFor(() => {
      expect(ends).toHaveLength(1)
    })
    for (let run = 2; run < 6; run++) state.put({ id: 'web', name: 'web', startedAt: run })
    await vi.waitFor(() => {
      expect(reads).toHaveLength(2)
    })
    await new Promise(setImmediate)
    expect(ends).toHaveLength(1)
    ends[0]?.()
    await vi.waitFor(() => {
      expect(ends).toHaveLength(2)
    })
    ends[1]?.()
    await new Promise(setImmediate)
    expect(ends).toHaveLength(2)
  })

  it('of one container leave the others out', async () => {
    setups.set('db', setup({ privileged: true }))
    state.put({ id: 'db', name: 'db' })
    await shows(watch(hints, 'db'), ['db privileged false'])
  })

  it('stay dismissed for a new container of the same name and after a restart of Berth, until shown again', async () => {
    const list = watch()
    await shows(list, ['web privileged false'])
    await hints.dismiss({ container: 'web', rule: 'privileged' }, true)
    await shows(list, ['web privileged true'])
    state.containers.clear()
    setups.set('new', setup({ privileged: true, hostPid: true }))
    state.put({ id: 'new', name: 'web' })
    await shows(list, ['web privileged true', 'web host-namespaces false'])
    const reopened = open()
    await shows(watch(reopened), ['web privileged true', 'web host-namespaces false'])
    await reopened.dismiss({ container: 'web', rule: 'privileged' }, false)
    await shows(watch(open()), ['web privileged false', 'web host-namespaces false'])
  })

  describe('of a container that a restart has stopped', () => {
    const stopped = { id: 'web', name: 'web', state: 'exited', finishedAt: 500, exitCode: 0 } as const
    beforeEach(() => {
      setups.set('web', setup())
      // The engine goes while the container runs, and starts again.
      state.emit('change', { type: 'offline' })
      state.engineStartedAt = 1000
      state.containers.set('web', container(stopped))
      state.emit('change', state.snapshot())
    })

    it('are gone after the mend, which sets a restart policy', async () => {
      const list = watch()
      await shows(list, ['web restart-policy false'])
      await hints.mend('web', 'restart-policy')
      expect(policies).toEqual(['web unless-stopped'])
      await shows(list, [])
      await expect(hints.mend('web', 'restart-policy')).rejects.toMatchObject({ code: 'hint.gone' })
    })

    it('are known to the next Berth', async () => {
      await hints.close()
      await shows(watch(open()), ['web restart-policy false'])
    })

    it('are not mended behind compose’s back', async () => {
      state.put({ ...stopped, labels: { [composeLabels.project]: 'shop' } })
      await expect(hints.mend('web', 'restart-policy')).rejects.toMatchObject({ code: 'hint.compose' })
      expect(policies).toEqual([])
    })
  })

  describe('of a restart', () => {
    const end = { state: 'exited', finishedAt: 500, exitCode: 0 } as const
    beforeEach(() => {
      for (const id of ['web', 'db']) {
        setups.set(id, setup())
        state.containers.set(id, container({ id, name: id }))
      }
      state.emit('change', { type: 'offline' })
    })
    /** The next Berth finds both containers stopped. `change`: what is different about `web`. */
    async function next(change: Partial<Container>): Promise<() => string[] | undefined> {
      await hints.close()
      state.containers.set('web', container({ id: 'web', name: 'web', ...end, ...change }))
      state.containers.set('db', container({ id: 'db', name: 'db', ...end }))
      state.engineStartedAt = 1000
      return watch(open())
    }

    it('are about the run that it has ended', async () => {
      await shows(await next({}), ['web restart-policy false', 'db restart-policy false'])
    })

    it('are not about a later run, which nobody has noted', async () => {
      await shows(await next({ startedAt: 400 }), ['db restart-policy false'])
    })

    it('are not about a container that has survived it', async () => {
      // Berth finds the engine again, and only `web` still runs. Later the user stops it, and the computer fails.
      state.containers.set('db', container({ id: 'db', name: 'db', ...end }))
      state.emit('change', state.snapshot())
      await shows(await next({}), ['db restart-policy false'])
    })
  })

  it('that a newer Berth has dismissed stay in the file', async () => {
    const path = join(home, 'dismissed-hints.json')
    const newer = { container: 'web', rule: 'from-the-future' }
    const known = { container: 'web', rule: 'privileged' }
    await writeFile(path, JSON.stringify({ dismissed: [newer, known] }))
    const list = watch(open())
    await shows(list, ['web privileged true'])
    const next = open()
    await next.dismiss({ container: 'web', rule: 'privileged' }, false)
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ dismissed: [newer] })
  })

  it('close a port that the user has opened to the network', async () => {
    setups.set('web', setup())
    ports.forwards = [forward('', { containerId: 'web', toNetwork: true })]
    const list = watch()
    await shows(list, ['web network-switch false'])
    await hints.mend('web', 'network-switch')
    expect(closed).toEqual(['8080 false'])
    await shows(list, [])
  })

  describe('of a container that restarts in a loop', () => {
    beforeEach(() => {
      setups.set('web', setup({ restartPolicy: 'always' }))
      state.containers.set('web', container({ id: 'web', name: 'web', state: 'restarting' }))
      for (const number of [1, 2, 3])
        reported.push({
          ...{ number, time: Date.now(), kind: 'container', action: 'die', detail: '' },
          ...{ id: 'web', name: 'web', attributes: [['exitCode', '3']] },
        })
    })

    it('go when the mend has stopped it, which keeps its restart policy', async () => {
      const list = watch()
      await shows(list, ['web restart-loop false'])
      await hints.mend('web', 'restart-loop')
      expect(stopped).toEqual(['web'])
      expect(policies).toEqual([])
      await shows(list, [])
      await expect(hints.mend('web', 'restart-loop')).rejects.toMatchObject({ code: 'hint.gone' })
    })

    it('are mended also if compose manages it, because a stop changes no setting', async () => {
      const labels = { [composeLabels.project]: 'shop' }
      state.put({ id: 'web', name: 'web', state: 'restarting', labels })
      await hints.mend('web', 'restart-loop')
      expect(stopped).toEqual(['web'])
    })
  })

  it('follow the use of memory', async () => {
    setups.set('web', setup())
    const list = watch()
    await shows(list, [])
    const limits = { cpu: null, memory: null }
    const point = { id: 'web', cpu: 0, received: 0, sent: 0, read: 0, written: 0, pids: 1, limits }
    stats.emit('points', { type: 'points', time: 1, points: [{ ...point, memory: 800 }] })
    await shows(list, ['web memory false'])
    stats.emit('points', { type: 'points', time: 2, points: [{ ...point, memory: 100 }] })
    await shows(list, [])
    stats.emit('points', { type: 'points', time: 3, points: [{ ...point, memory: 800 }] })
    await shows(list, ['web memory false'])
    // A container that has ended is not measured again.
    state.put({ id: 'web', name: 'web', state: 'exited' })
    await shows(list, [])
  })

  it('leave out the containers of a swarm, of `compose run`, and the old one of an edit', async () => {
    for (const [id, change] of Object.entries({
      task: { labels: { 'com.docker.swarm.service.id': 's' } },
      once: { labels: { [composeLabels.oneOff]: 'True' } },
      old: { name: 'web-before-0123abcd' },
    })) {
      setups.set(id, setup({ privileged: true }))
      state.put({ id, name: id, ...change })
    }
    await shows(watch(), ['web privileged false'])
  })
})
