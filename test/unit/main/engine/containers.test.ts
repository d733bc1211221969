import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine/engine'
import type { RunRequest } from '../../../../src/shared/containers'
import { answer, EngineServer } from '../../../support/engine-server'
import createdInspect from './fixtures/container-created.json'
import runningInspect from './fixtures/container-running.json'

const request: RunRequest = {
  image: 'busybox',
  command: [],
  environment: [],
  ports: [],
  volumes: [],
  autoRemove: false,
  tty: false,
}

describe('Containers', () => {
  let server: EngineServer
  let engine: Engine

  beforeEach(async () => {
    server = await EngineServer.listen()
    engine = new Engine({ link: server.link })
  })
  afterEach(async () => {
    engine.close()
    await server.close()
  })

  /** Creates a container, and returns the body of the request to the engine. */
  async function created(changes: Partial<RunRequest>): Promise<unknown> {
    let body: Promise<unknown> | undefined
    server.routes.set('POST /containers/create', (incoming: IncomingMessage, response) => {
      body = json(incoming)
      answer(response, 201, { Id: 'c1' })
    })
    expect(await engine.containers.create({ ...request, ...changes })).toEqual({ id: 'c1' })
    return body
  }

  it('sends no command to the engine if the user has given none', async () => {
    expect(await created({})).not.toHaveProperty('Cmd')
    expect(await created({ command: ['sh', '-c', 'echo "$A"'] })).toMatchObject({
      Cmd: ['sh', '-c', 'echo "$A"'],
    })
  })

  it.each([
    ['nothing', {}, false],
    ['a port that is only exposed', { PortBindings: { '80/tcp': null } }, false],
    ['a port that the engine chooses', { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '' }] } }, true],
    ['all ports that the image exposes', { PublishAllPorts: true }, true],
  ])(
    'knows before a container’s start whether the container publishes ports: %s',
    async (_, host, publishes) => {
      const HostConfig = { ...createdInspect.HostConfig, ...host }
      server.routes.set('GET /containers/idle/json', (_request, response) => {
        answer(response, 200, { ...createdInspect, HostConfig })
      })
      const { Id: id } = createdInspect
      expect(await engine.containers.findPublishing('idle')).toEqual({ id, ports: [], publishes })
      server.routes.set('GET /containers/nobody/json', (_request, response) => {
        answer(response, 404, { message: 'No such container: nobody' })
      })
      expect(await engine.containers.findPublishing('nobody')).toBeUndefined()
    },
  )

  it('sends the environment in the body of the request, never in the URL', async () => {
    const body = await created({ name: 'web', environment: [{ name: 'TOKEN', value: 'se=cret' }] })
    expect(body).toMatchObject({ Env: ['TOKEN=se=cret'] })
    expect(server.requests).toEqual(['POST /containers/create?name=web'])
  })

  it('requests exactly the addresses of the bindings', async () => {
    const port = { containerPort: 80, protocol: 'tcp' } as const
    const body = await created({
      ports: [
        { ...port, hostIp: '', hostPort: 5000 },
        { ...port, hostIp: '127.0.0.1', hostPort: 5001 },
        { ...port, hostIp: '0.0.0.0', hostPort: 5002 },
        { containerPort: 53, protocol: 'udp', hostIp: '', hostPort: 5353 },
      ],
    })
    expect(body).toMatchObject({
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      HostConfig: {
        PortBindings: {
          '80/tcp': [
            { HostIp: '', HostPort: '5000' },
            { HostIp: '127.0.0.1', HostPort: '5001' },
            { HostIp: '0.0.0.0', HostPort: '5002' },
          ],
          '53/udp': [{ HostIp: '', HostPort: '5353' }],
        },
      },
    })
  })

  it('mounts volumes and passes the other settings on', async () => {
    const volumes = [{ volume: 'data', path: '/data', readOnly: true }]
    expect(await created({ volumes, autoRemove: true, tty: true })).toMatchObject({
      Tty: true,
      OpenStdin: true,
      HostConfig: {
        AutoRemove: true,
        Mounts: [{ Type: 'volume', Source: 'data', Target: '/data', ReadOnly: true }],
      },
    })
  })

  it('lists all containers, with at most eight simultaneous inspect calls', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `c${String(index)}`)
    server.json(
      'GET /containers/json',
      ids.map((Id) => ({ Id, Names: [], ImageID: 'i', State: 'running' })),
    )
    let open = 0
    let most = 0
    for (const id of ids)
      server.routes.set(`GET /containers/${id}/json`, (_request, response) => {
        most = Math.max(most, ++open)
        setImmediate(() => {
          open--
          if (id === 'c7') answer(response, 404, { message: 'No such container: c7' })
          else answer(response, 200, { ...runningInspect, Id: id })
        })
      })
    const containers = await engine.containers.list()
    expect(containers.map(({ id }) => id)).toEqual(ids.filter((id) => id !== 'c7'))
    expect(most).toBeLessThanOrEqual(8)
    expect(most).toBeGreaterThan(1)
  })

  it('escapes ids in paths', async () => {
    await expect(engine.containers.pause('../volumes/x')).rejects.toMatchObject({ code: 'engine.error' })
    expect(server.requests).toEqual(['POST /containers/..%2Fvolumes%2Fx/pause'])
  })

  it('stops a container with a grace period of ten seconds by default', async () => {
    server.json('POST /containers/c1/stop', undefined, 204)
    await engine.containers.stop('c1')
    await engine.containers.stop('c1', 0)
    expect(server.requests).toEqual(['POST /containers/c1/stop', 'POST /containers/c1/stop?t=0'])
  })

  it('waits for the removal of a container that the engine is already removing', async () => {
    const message = 'removal of container c1 is already in progress'
    server.json('DELETE /containers/c1', { message }, 409)
    server.json('POST /containers/c1/wait', { StatusCode: 0 })
    await engine.containers.remove('c1', { force: true, volumes: true })
    server.json('POST /containers/c1/wait', { message: 'No such container: c1' }, 404)
    await engine.containers.remove('c1', { force: true, volumes: true })
    expect(server.requests.filter((request) => request.startsWith('POST'))).toEqual([
      'POST /containers/c1/wait?condition=removed',
      'POST /containers/c1/wait?condition=removed',
    ])
  })

  it('pauses and unpauses a container', async () => {
    for (const action of ['pause', 'unpause']) server.json(`POST /containers/c1/${action}`, undefined, 204)
    await engine.containers.pause('c1')
    await engine.containers.unpause('c1')
    expect(server.requests).toEqual(['POST /containers/c1/pause', 'POST /containers/c1/unpause'])
  })

  it('starts a container without an error if the container already runs', async () => {
    server.upgrades.set('POST /containers/c1/attach', { framed: false, open: (stream) => stream.end() })
    server.routes.set('POST /containers/c1/start', (_request, response) => response.writeHead(304).end())
    await expect(engine.containers.start('c1')).resolves.toBeUndefined()
  })

  it('returns the engine’s complete JSON of a container', async () => {
    server.json('GET /containers/c1/json', runningInspect)
    expect(JSON.parse(await engine.containers.inspect('c1'))).toEqual(runningInspect)
  })
})
