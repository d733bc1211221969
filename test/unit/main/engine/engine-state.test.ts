import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine/engine'
import { type EngineChange, EngineState } from '../../../../src/main/engine/engine-state'
import type { Container } from '../../../../src/shared/containers'
import type { SwarmServicePorts } from '../../../../src/main/engine/swarm-services'
import { answer, EngineServer } from '../../../support/engine-server'
import runningInspect from './fixtures/container-running.json'
import imageInspect from './fixtures/image-inspect.json'
import imageList from './fixtures/image-list.json'
import info from './fixtures/info.json'
import networkInspect from './fixtures/network-inspect.json'
import version from './fixtures/version.json'
import volumeInspect from './fixtures/volume-inspect.json'

class FakeLink extends EventEmitter<{ up: []; down: [] }> {
  isUp = true
}

/** A double for the ports, which follow the state. */
class FakePorts {
  readonly synced: string[][] = []
  services: readonly SwarmServicePorts[] = []
  sync(containers: Iterable<Container>, services: readonly SwarmServicePorts[]): void {
    this.services = services
    this.synced.push([...containers].map(({ name, state }) => `${name} ${state}`))
  }
}

/** An engine whose containers a test changes. The test also sends the events. */
class FakeEngine {
  readonly containers = new Map<string, object>()
  events: ServerResponse | undefined
  subscriptions = 0

  readonly server: EngineServer

  constructor(server: EngineServer) {
    this.server = server
    server.routes.set('GET /events', (_request, response) => {
      this.events = response
      this.subscriptions++
      response.writeHead(200).flushHeaders()
    })
    server.json('GET /version', version)
    server.json('GET /info', info)
    server.json('GET /images/json', imageList)
    server.json('GET /volumes', { Volumes: [volumeInspect] })
    server.json('GET /networks', [networkInspect])
    server.json('GET /containers/json', () =>
      [...this.containers.keys()].map((Id) => ({ Id, Names: [], ImageID: '', State: '' })),
    )
  }

  put(id: string, name: string, status = 'running', Labels: Record<string, string> = {}): void {
    this.containers.set(id, {
      ...runningInspect,
      Id: id,
      Name: `/${name}`,
      State: { ...runningInspect.State, Status: status },
      Config: { ...runningInspect.Config, Labels },
    })
    this.server.routes.set(`GET /containers/${id}/json`, (_request, response) => {
      const container = this.containers.get(id)
      if (container === undefined) answer(response, 404, { message: `No such container: ${id}` })
      else answer(response, 200, container)
    })
  }

  send(Type: string, Action: string, ID: string): void {
    this.events?.write(`${JSON.stringify({ Type, Action, Actor: { ID, Attributes: {} } })}\n`)
  }
}

describe('EngineState', () => {
  let server: EngineServer
  let fake: FakeEngine
  let link: FakeLink
  let ports: FakePorts
  let engine: Engine
  let state: EngineState
  let changes: EngineChange[]

  beforeEach(async () => {
    server = await EngineServer.listen()
    fake = new FakeEngine(server)
    link = new FakeLink()
    ports = new FakePorts()
    engine = new Engine({ link: server.link })
    state = new EngineState({ engine, link, log: pino({ level: 'silent' }) })
    state.on('publishing', () => {
      ports.sync(state.containers.values(), state.swarmServices)
    })
    changes = []
    state.on('change', (event) => changes.push(event))
  })
  afterEach(async () => {
    state.stop()
    engine.close()
    await server.close()
  })

  async function online(): Promise<void> {
    const snapshot = once(state, 'change')
    state.start()
    await snapshot
    changes.length = 0
  }

  function answerNoManager(): void {
    server.routes.set('GET /services', (_request, response) => {
      answer(response, 503, { message: 'This node is not a swarm manager.' })
    })
  }

  const next = (): Promise<unknown[]> => once(state, 'change')

  it('begins with one snapshot of all objects', async () => {
    fake.put('c1', 'web')
    state.start()
    await next()
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({
      type: 'snapshot',
      engine: { version: version.Version, cpus: info.NCPU },
      containers: [{ id: 'c1', name: 'web' }],
      images: [{ id: imageInspect.Id }],
      volumes: [{ name: 'data' }],
    })
    expect(state.snapshot()).toEqual(changes[0])
    expect(ports.synced).toEqual([['web running']])
  })

  it('lists swarm services if a container belongs to a swarm service, and when a swarm service changes', async () => {
    const service = (...Ports: object[]) => [
      { ID: 's1', Endpoint: { Ports } },
      { ID: 's2', Endpoint: {} },
    ]
    const published = { Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' }
    server.json('GET /services', service(published))
    fake.put('c1', 'web')
    await online()
    expect(server.requests).not.toContain('GET /services')
    state.stop()
    fake.put('c2', 'web.1', 'running', { 'com.docker.swarm.service.id': 's1' })
    await online()
    const binding = { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' }
    expect(ports.services).toEqual([
      { serviceId: 's1', ports: [binding] },
      { serviceId: 's2', ports: [] },
    ])
    server.json('GET /services', service({ ...published, PublishMode: 'host' }))
    fake.send('service', 'update', 's1')
    await expect.poll(() => ports.services[0]).toEqual({ serviceId: 's1', ports: [] })
    answerNoManager()
    fake.send('service', 'remove', 's1')
    await expect.poll(() => ports.services).toEqual([])
  })

  it('has no snapshot before it is online', () => {
    expect(state.snapshot()).toBeUndefined()
  })

  it('inspects only the object of an event again, and reports the change', async () => {
    fake.put('c1', 'web')
    fake.put('c2', 'db')
    await online()
    server.requests.length = 0
    fake.put('c1', 'web', 'exited')
    fake.send('container', 'die', 'c1')
    await next()
    expect(changes).toMatchObject([{ type: 'container', container: { id: 'c1', state: 'exited' } }])
    expect(server.requests).toEqual(['GET /containers/c1/json'])
    expect(ports.synced.at(-1)).toEqual(['web exited', 'db running'])
  })

  it('reports new and removed objects', async () => {
    await online()
    fake.put('c9', 'new')
    fake.send('container', 'create', 'c9')
    await next()
    fake.containers.delete('c9')
    fake.send('container', 'destroy', 'c9')
    await next()
    expect(changes).toMatchObject([
      { type: 'container', container: { id: 'c9' } },
      { type: 'container-removed', id: 'c9' },
    ])
    expect(state.containers.size).toBe(0)
  })

  it('reports nothing if nothing has changed', async () => {
    fake.put('c1', 'web')
    fake.put('c2', 'db')
    await online()
    fake.send('container', 'start', 'c1')
    fake.put('c2', 'db', 'paused')
    fake.send('container', 'pause', 'c2')
    await next()
    expect(changes).toMatchObject([{ type: 'container', container: { id: 'c2' } }])
  })

  it('joins a burst of events into few inspect calls and ends with the last state', async () => {
    fake.put('c1', 'web', 'created')
    await online()
    server.requests.length = 0
    for (let round = 0; round < 50; round++) fake.send('container', 'start', 'c1')
    fake.put('c1', 'web', 'exited')
    fake.send('container', 'die', 'c1')
    await expect.poll(() => state.containers.get('c1')?.state).toBe('exited')
    expect(server.requests.length).toBeLessThan(10)
  })

  it('does not let a slow answer replace a newer one', async () => {
    fake.put('c1', 'web', 'created')
    await online()
    const old = fake.containers.get('c1')
    let slow: ServerResponse | undefined
    server.routes.set('GET /containers/c1/json', (_request, response) => {
      if (slow === undefined) slow = response
      else answer(response, 200, fake.containers.get('c1'))
    })
    fake.send('container', 'start', 'c1')
    await expect.poll(() => slow).toBeDefined()
    fake.containers.set('c1', { ...old, State: { ...runningInspect.State, Status: 'running' } })
    fake.send('container', 'start', 'c1')
    if (slow !== undefined) answer(slow, 200, old)
    await expect.poll(() => state.containers.get('c1')?.state).toBe('running')
  })

  it('misses no event that arrives while it lists the objects', async () => {
    fake.put('c1', 'web')
    server.routes.set('GET /info', (_request, response) => {
      // The list of containers is already requested, so only an event can report a container that is created now.
      fake.put('c2', 'late')
      fake.send('container', 'create', 'c2')
      server.json('GET /info', info)
      setTimeout(() => {
        answer(response, 200, info)
      }, 100)
    })
    state.start()
    await expect.poll(() => [...state.containers.keys()].sort()).toEqual(['c1', 'c2'])
  })

  it('when an event gives an image’s name to another image, also inspects the image that had the name', async () => {
    await online()
    const [before] = [imageInspect.Id]
    server.json('GET /images/sha256:new/json', { ...imageInspect, Id: 'sha256:new' })
    server.json(`GET /images/${before}/json`, { ...imageInspect, RepoTags: [] })
    fake.send('image', 'tag', 'sha256:new')
    await expect.poll(() => changes.length).toBe(2)
    expect(changes).toMatchObject([
      { type: 'image', image: { id: 'sha256:new', tags: ['busybox:latest'] } },
      { type: 'image', image: { id: before, tags: [] } },
    ])
  })

  it('leaves out the image of a step once another image is based on it, as the list of the engine does', async () => {
    await online()
    const image = (Id: string, RepoTags: string[]) => ({ ...imageInspect, Id, RepoTags, RepoDigests: [] })
    const step = { ...imageList[0], Id: 'sha256:step', RepoTags: [], RepoDigests: [] }
    server.json('GET /images/sha256:step/json', image('sha256:step', []))
    server.json('GET /images/json', [...imageList, step])
    fake.send('image', 'create', 'sha256:step')
    await expect.poll(() => state.images.has('sha256:step')).toBe(true)
    server.json('GET /images/json', [...imageList, { ...step, Id: 'sha256:app', RepoTags: ['app:latest'] }])
    server.json('GET /images/sha256:app/json', image('sha256:app', ['app:latest']))
    fake.send('image', 'create', 'sha256:app')
    await expect.poll(() => state.images.has('sha256:step')).toBe(false)
    expect(changes).toContainEqual({ type: 'image-removed', id: 'sha256:step' })
    expect(state.images.get('sha256:app')?.tags).toEqual(['app:latest'])
  })

  it('finds the image if an event names the image by reference', async () => {
    await online()
    server.json('GET /images/app:1/json', { ...imageInspect, Id: 'sha256:app', RepoTags: ['app:1'] })
    fake.send('image', 'pull', 'app:1')
    await next()
    expect(changes).toMatchObject([{ type: 'image', image: { id: 'sha256:app', tags: ['app:1'] } }])
  })

  it('reports a new network, and its removal', async () => {
    await online()
    server.json('GET /networks/n2', { ...networkInspect, Id: 'n2', Name: 'back' })
    fake.send('network', 'create', 'n2')
    await next()
    expect(changes).toMatchObject([{ type: 'network', network: { id: 'n2', name: 'back' } }])
    server.json('GET /networks/n2', { message: 'network n2 not found' }, 404)
    fake.send('network', 'destroy', 'n2')
    await next()
    expect(changes.at(-1)).toEqual({ type: 'network-removed', id: 'n2' })
  })

  it('reports a removed volume', async () => {
    await online()
    server.json('GET /volumes/data', { message: 'get data: no such volume' }, 404)
    fake.send('volume', 'destroy', 'data')
    await next()
    expect(changes).toEqual([{ type: 'volume-removed', name: 'data' }])
  })

  it('is offline when the event stream ends, and lists everything again', async () => {
    fake.put('c1', 'web')
    await online()
    fake.put('c2', 'db')
    fake.events?.end()
    await expect.poll(() => changes.length).toBe(2)
    expect(changes).toMatchObject([
      { type: 'offline' },
      { type: 'snapshot', containers: [{ name: 'web' }, { name: 'db' }] },
    ])
  })

  it('is offline while the link is down, and lists everything again when the link is up', async () => {
    await online()
    link.isUp = false
    fake.events?.destroy()
    await expect.poll(() => changes).toEqual([{ type: 'offline' }])
    const subscriptions = fake.subscriptions
    expect(state.snapshot()).toBeUndefined()
    link.isUp = true
    link.emit('up')
    await next()
    expect(changes.at(-1)?.type).toBe('snapshot')
    expect(fake.subscriptions).toBe(subscriptions + 1)
  })

  it('tries again when listing fails', async () => {
    let failures = 2
    server.routes.set('GET /info', (_request, response) => {
      if (failures-- > 0) answer(response, 500, { message: 'starting' })
      else answer(response, 200, info)
    })
    state.start()
    await next()
    expect(changes.map(({ type }) => type)).toEqual(['snapshot'])
  })

  it('continues when one object cannot be inspected', async () => {
    fake.put('c1', 'web')
    await online()
    server.json('GET /containers/c1/json', { message: 'engine trouble' }, 500)
    fake.send('container', 'die', 'c1')
    fake.put('c2', 'db')
    fake.send('container', 'create', 'c2')
    await next()
    expect(changes).toMatchObject([{ type: 'container', container: { id: 'c2' } }])
  })

  it('sends no more requests once it is stopped', async () => {
    await online()
    let closed = false
    fake.events?.on('close', () => (closed = true))
    state.stop()
    await expect.poll(() => closed).toBe(true)
    expect(changes).toEqual([{ type: 'offline' }])
    expect(fake.subscriptions).toBe(1)
  })

  it('is up to date after it has refreshed a container', async () => {
    await online()
    fake.put('c5', 'fresh')
    await state.refreshContainer('c5')
    expect(state.containers.get('c5')?.name).toBe('fresh')
    expect(ports.synced.at(-1)).toEqual(['fresh running'])
  })
})
