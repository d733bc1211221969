import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineChange } from '../../../../src/main/engine'
import { Learn, type LearnOptions } from '../../../../src/main/learn/learn'
import type { Container } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import type { ReportedEvent } from '../../../../src/shared/events'
import type { Image } from '../../../../src/shared/images'
import type { Network } from '../../../../src/shared/networks'
import type { PortForward } from '../../../../src/shared/ports'
import type { Volume } from '../../../../src/shared/volumes'
import { eventually } from '../../../support/eventually'
import { silentLog } from '../../../support/fake-services'
import { recordedContainer as container, recordedEvents } from './recorded-facts'

const hello: Image = {
  id: `sha256:${'a'.repeat(64)}`,
  tags: ['berth/learn-hello:latest'],
  ...{ digests: [], size: 1, createdAt: 0, labels: { 'berth.learn': 'image' } },
}

/** An engine whose objects the test changes. */
class FakeEngine {
  readonly state = Object.assign(new EventEmitter<{ change: [EngineChange] }>(), {
    isOnline: true,
    containers: new Map<string, Container>(),
    images: new Map<string, Image>([[hello.id, hello]]),
    volumes: new Map<string, Volume>(),
    networks: new Map<string, Network>(),
  })
  readonly events = new EventEmitter<{ event: [ReportedEvent] }>()
  readonly removed: string[] = []
  readonly failing = new Set<string>()
  /** The containers whose isolation Learn reads now. */
  readonly isolated = new Set<string>()

  put(one: Container): void {
    this.state.containers.set(one.id, one)
    this.state.emit('change', { type: 'container', container: one })
  }

  readonly #remove = (id: string): Promise<void> => {
    if (this.failing.has(id)) return Promise.reject(new BerthError('volume.not-found', { volume: id }))
    this.removed.push(id)
    return Promise.resolve()
  }

  options(home: string): LearnOptions {
    const { isolated } = this
    return {
      ...{ home, log: silentLog, platform: 'linux', share: () => Promise.resolve() },
      link: { exec: () => Promise.reject(new Error('no command expected')) },
      state: this.state,
      events: this.events,
      engine: {
        containers: {
          details: () => Promise.reject(new Error('no details')),
          logs: async function* () {
            yield await Promise.resolve({
              entries: [{ stream: 'stdout' as const, time: 1, text: 'v20.1.0' }],
            })
          },
          remove: this.#remove,
        },
        images: {
          details: () => Promise.reject(new Error('no details')),
          find: () => Promise.resolve(hello),
          import: () => Promise.reject(new Error('no import expected')),
          remove: this.#remove,
        },
        volumes: { remove: this.#remove },
        networks: { remove: this.#remove },
      },
      ports: Object.assign(new EventEmitter<{ change: [PortForward[]] }>(), { forwards: [] }),
      builds: Object.assign(new EventEmitter<{ change: [] }>(), {
        list: [],
        refresh: () => Promise.resolve(),
        find: () => Promise.reject(new Error('no build')),
        output: () => ({ text: '', from: 0 }),
      }),
      isolation: {
        watch: async function* (id: string, signal: AbortSignal) {
          isolated.add(id)
          const namespaces = [{ kind: 'pid' as const, id: 42, machine: false, containers: [] }]
          yield { type: 'namespaces' as const, namespaces }
          await once(signal, 'abort')
          isolated.delete(id)
        },
      },
    }
  }
}

describe('Learn', () => {
  let home: string
  let engine: FakeEngine
  let opened: Learn[]

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'berth-learn-'))
    engine = new FakeEngine()
    opened = []
  })
  afterEach(async () => {
    await Promise.all(opened.map((learn) => learn.close()))
    await rm(home, { recursive: true })
  })

  function learnWith(options: LearnOptions): Learn {
    const learn = new Learn(options)
    opened.push(learn)
    return learn
  }

  const ticks = (learn: Learn) =>
    learn.current.lesson?.checks.flatMap(({ id, observed }) => (observed === null ? [] : [id]))
  const ended = container({
    name: 'quiet_mole',
    labels: { 'berth.learn': 'image' },
    state: 'exited',
    exitCode: 0,
  })

  it('ticks what the engine shows, and ends the lesson with its commands', async () => {
    const learn = learnWith(engine.options(home))
    await learn.open('hello')
    await eventually(() => {
      expect(ticks(learn)).toEqual(['image'])
    })
    engine.put({ ...ended, state: 'running', exitCode: null })
    await eventually(() => {
      expect(ticks(learn)).toEqual(['image', 'created'])
    })
    engine.put(ended)
    await eventually(() => {
      expect(learn.current.results).toMatchObject([
        { id: 'hello', state: 'done', commands: ['docker run berth/learn-hello'] },
      ])
    })
    expect(learn.current.results[0]?.checks.map(({ id }) => id)).toEqual(['image', 'created', 'ended'])
  })

  it('shows what the container of a lesson has printed', async () => {
    const learn = learnWith(engine.options(home))
    engine.state.images.set('app', { ...hello, id: 'app', tags: ['learn-app:latest'] })
    await learn.open('build').catch(() => undefined)
    engine.put(container({ ...ended, image: 'learn-app', command: 'node --version' }))
    await eventually(() => {
      const ran = learn.current.lesson?.checks.find(({ id }) => id === 'ran')
      expect(ran?.observed).toEqual({ name: 'quiet_mole', text: 'v20.1.0' })
    })
  })

  it('ticks a container that was removed at its end, with its command instead of its output', async () => {
    const learn = learnWith(engine.options(home))
    await learn.open('build').catch(() => undefined)
    const removed = container({ name: 'brief', image: 'learn-app', command: 'node --version' })
    engine.put(removed)
    engine.events.emit('event', {
      ...recordedEvents(['die', 1, { exitCode: '0' }])[0],
      ...{ id: removed.id, name: removed.name },
    } as ReportedEvent)
    engine.state.containers.delete(removed.id)
    engine.state.emit('change', { type: 'container-removed', id: removed.id })
    await eventually(() => {
      const ran = learn.current.lesson?.checks.find(({ id }) => id === 'ran')
      expect(ran?.observed).toEqual({ name: 'brief', text: 'node --version' })
    })
  })

  it('opens the form with a command, and shows the files that a lesson is about', async () => {
    const learn = learnWith(engine.options(home))
    await learn.open('command')
    expect(learn.current.lesson).toMatchObject({ form: 'docker run berth/learn-hello ls', files: [] })
    await learn.open('copy').catch(() => undefined)
    const { form, files } = learn.current.lesson ?? {}
    expect([form, files?.map(({ name }) => name)]).toEqual([
      '',
      ['Dockerfile.2-no-copy', 'Dockerfile.3-copy'],
    ])
    expect(files?.[1]?.text).toContain('COPY server.js ./')
  })

  it('has all its ticks in the file when it is closed', async () => {
    const learn = learnWith(engine.options(home))
    await learn.open('hello')
    engine.put(ended)
    await new Promise((resolve) => setImmediate(resolve))
    await learn.close()
    const later = learnWith(new FakeEngine().options(home))
    await later.close()
    expect(later.current.results).toMatchObject([{ id: 'hello', state: 'done' }])
  })

  it('continues after a restart of Berth with the open lesson and its ticks', async () => {
    const first = learnWith(engine.options(home))
    await first.open('hello')
    engine.put({ ...ended, state: 'running', exitCode: null })
    await eventually(() => {
      expect(ticks(first)).toEqual(['image', 'created'])
    })
    const later = new FakeEngine()
    const second = learnWith(later.options(home))
    await eventually(() => {
      expect(ticks(second)).toEqual(['image', 'created'])
    })
    later.put(ended)
    await eventually(() => {
      expect(second.current.results).toHaveLength(1)
    })
  })

  it('does not count a container that ran before the lesson, until it runs again', async () => {
    const { state } = engine
    state.containers.set('c1', { ...ended, id: 'c1' })
    state.containers.set('mine', container({ id: 'mine', name: 'learn-seven', image: 'mine', createdAt: 0 }))
    const learn = learnWith(engine.options(home))
    await learn.open('hello')
    await eventually(() => {
      expect(ticks(learn)).toEqual(['image'])
    })
    engine.put({ ...ended, id: 'c1', startedAt: 5_000 })
    await eventually(() => {
      expect(learn.current.results).toMatchObject([{ id: 'hello', state: 'done' }])
    })
    await learn.again('hello')
    await new Promise(setImmediate)
    expect(ticks(learn)).not.toContain('ended')
    const later = learnWith(engine.options(home))
    await eventually(() => {
      expect(ticks(later)).toEqual(['image'])
    })
  })

  it('first removes its own earlier containers that have the name or the port, and no other', async () => {
    const labels = { 'berth.learn': 'image' }
    const binding = { hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp' as const }
    for (const one of [
      container({ id: 'a', name: 'learn-closed', labels, state: 'exited' }),
      container({ id: 'b', name: 'quiet_mole', labels, ports: [binding] }),
      container({ id: 'c', name: 'learn-site', labels }),
      container({ id: 'd', name: 'learn-web', image: 'mine', imageId: 'sha256:1', createdAt: Date.now() }),
    ])
      engine.state.containers.set(one.id, one)
    const learn = learnWith(engine.options(home))
    await learn.open('publish')
    expect(learn.current.lesson?.commands[0]).toBe('docker rm -f -v learn-closed quiet_mole')
    engine.state.containers.delete('a')
    engine.state.containers.delete('b')
    expect(learn.current.lesson?.commands[0]).toBe('cd ~/berth-learn')
  })

  it('knows the end of a container that the engine has removed immediately', async () => {
    const learn = learnWith(engine.options(home))
    await learn.open('hello')
    engine.put({ ...ended, state: 'running', exitCode: null, autoRemove: true })
    const [die] = recordedEvents(['die', 1, { exitCode: '0' }])
    if (die !== undefined) engine.events.emit('event', die)
    engine.state.containers.delete('c1')
    engine.state.emit('change', { type: 'container-removed', id: 'c1' })
    await eventually(() => {
      expect(learn.current.results).toMatchObject([{ id: 'hello', state: 'done' }])
    })
  })

  it('reads the isolation of a container until the lesson is done', async () => {
    const learn = learnWith(engine.options(home))
    await learn.open('namespaces')
    engine.put(container({ name: 'learn-inside' }))
    await eventually(() => {
      expect(ticks(learn)).toEqual(['outside', 'different'])
    })
    expect([...engine.isolated]).toEqual(['c1'])
    const [event] = recordedEvents(['exec_start: sh', 1, { execID: 'e1' }])
    if (event !== undefined) engine.events.emit('event', { ...event, name: 'learn-inside' })
    await eventually(() => {
      expect(learn.current.results).toMatchObject([{ id: 'namespaces', state: 'done' }])
    })
    await eventually(() => {
      expect(engine.isolated.size).toBe(0)
    })
  })

  it('skips a lesson, and a lesson that is done afterwards counts as done', async () => {
    const learn = learnWith(engine.options(home))
    await learn.skip('hello')
    expect(learn.current.results).toMatchObject([{ id: 'hello', state: 'skipped' }])
    await learn.open('hello')
    engine.put(ended)
    await eventually(() => {
      expect(learn.current.results).toMatchObject([{ id: 'hello', state: 'done' }])
    })
    await learn.skip('hello')
    expect(learn.current.results).toMatchObject([{ state: 'done' }])
  })

  it('forgets the ticks of a lesson that is done again', async () => {
    const learn = learnWith(engine.options(home))
    await learn.open('command')
    engine.put({ ...ended, command: 'ls' })
    await eventually(() => {
      expect(learn.current.results).toHaveLength(1)
    })
    await learn.again('command')
    await new Promise(setImmediate)
    expect(learn.current.results).toEqual([])
    expect(ticks(learn)).toEqual([])
    engine.put({ ...ended, command: 'ls', id: 'c2' })
    await eventually(() => {
      expect(learn.current.results).toHaveLength(1)
    })
  })

  it('cleans up its own objects only, containers first, and all of them if one fails', async () => {
    const learn = learnWith(engine.options(home))
    await learn.open('hello')
    const now = Date.now()
    const object = { createdAt: now, labels: {} }
    const { state } = engine
    state.volumes.set('learn-data', { name: 'learn-data', driver: 'local', anonymous: false, ...object })
    state.volumes.set('learn-old', {
      name: 'learn-old',
      driver: 'local',
      anonymous: false,
      createdAt: 5,
      labels: {},
    })
    state.volumes.set('data', { name: 'data', driver: 'local', anonymous: false, ...object })
    engine.put(container({ id: 'made', labels: { 'berth.learn': 'image' }, name: 'quiet_mole' }))
    engine.put(container({ id: 'mine', name: 'web', image: 'mine', imageId: 'sha256:1', createdAt: now }))
    // Names of the user that only look like those of Learn.
    const own = { name: 'learn-postgres', driver: 'local', anonymous: false, ...object }
    state.volumes.set('learn-postgres', own)
    engine.put(
      container({ id: 'web', name: 'learn-web', image: 'mine', imageId: 'sha256:1', createdAt: now }),
    )
    const { leftovers } = learn.current
    expect(leftovers.map(({ id }) => id)).toEqual(['made', 'berth/learn-hello:latest', 'learn-data'])
    engine.put(container({ id: 'later', labels: { 'berth.learn': 'image' }, name: 'made_since' }))
    engine.failing.add('learn-data')
    const agreed = [...leftovers, { kind: 'container' as const, id: 'web' }]
    await expect(learn.cleanUp(agreed)).rejects.toMatchObject({ code: 'volume.not-found' })
    expect(engine.removed).toEqual(['made', 'berth/learn-hello:latest'])
    expect(learn.current.lesson).toBeNull()
  })

  it('needs a running machine, and an absolute path for the example', async () => {
    const learn = learnWith(engine.options(home))
    engine.state.isOnline = false
    await expect(learn.open('hello')).rejects.toMatchObject({ code: 'machine.not-running' })
    await expect(learn.useFolder('example')).rejects.toMatchObject({ code: 'mounts.not-absolute' })
    await expect(learn.ask()).rejects.toMatchObject({ code: 'learn.not-published' })
  })

  it('asks the server of the example, follows no redirect, and reads only the beginning of an endless page', async () => {
    let endless = false
    let status = 302
    const server = createServer((_request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' })
      response.write('<b>Hello</b>  World')
      if (!endless) response.end()
      else {
        const more = setInterval(() => response.write('x'.repeat(32 * 1024)), 1)
        response.once('close', () => {
          clearInterval(more)
        })
      }
    })
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    const { port } = server.address() as AddressInfo
    const binding = { hostIp: '', hostPort: port, containerPort: 8080, protocol: 'tcp' as const }
    const options = engine.options(home)
    const forward = {
      containerId: 'c1',
      binding,
      address: '127.0.0.1',
      state: 'open',
      toNetwork: false,
    } as const
    const learn = learnWith({ ...options, ports: Object.assign(new EventEmitter(), { forwards: [forward] }) })
    try {
      await learn.open('mount')
      const mounts = [{ type: 'bind', source: '/x', destination: '/usr/src/app', readOnly: false } as const]
      engine.put(container({ image: 'learn-app', ports: [binding], mounts }))
      status = 403
      await expect(learn.ask()).rejects.toMatchObject({ code: 'learn.no-answer' })
      status = 302
      await learn.ask()
      endless = true
      await learn.ask()
      await eventually(() => {
        const changed = learn.current.lesson?.checks.find(({ id }) => id === 'changed')
        expect(changed?.observed).toMatchObject({ before: 'Hello World' })
        expect(changed?.observed?.now).toHaveLength(200)
      })
    } finally {
      server.closeAllConnections()
      server.close()
    }
    await expect(learn.ask()).rejects.toMatchObject({ code: 'learn.no-answer' })
  })

  it('starts over without results, and keeps the folder', async () => {
    const learn = learnWith(engine.options(home))
    const { folder } = await learn.useFolder(join(home, 'example'))
    await learn.open('hello')
    await learn.skip('hello')
    const made = { name: 'learn-data', driver: 'local', anonymous: false, createdAt: Date.now(), labels: {} }
    engine.state.volumes.set('learn-data', made)
    await learn.startOver()
    expect(learn.current).toMatchObject({ lesson: null, results: [], folder })
    expect(learn.current.leftovers.map(({ id }) => id)).toContain('learn-data')
  })
})
