import { beforeEach, describe, expect, it } from 'vitest'
import { toContainer } from '../../../../src/main/engine/mapping'
import {
  ContainerActions,
  type ContainerActionsOptions,
} from '../../../../src/main/containers/container-actions'
import { containerInspectSchema } from '../../../../src/main/engine/schemas'
import type { ContainerMount, RunRequest } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import type { Image } from '../../../../src/shared/images'
import runningInspect from '../engine/fixtures/container-running.json'

const container = toContainer(containerInspectSchema.parse(runningInspect))
const request: RunRequest = {
  image: 'busybox',
  command: [],
  environment: [],
  ports: [{ hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp' }],
  volumes: [
    { volume: 'old', path: '/old', readOnly: false },
    { volume: 'new', path: '/new', readOnly: false },
  ],
  autoRemove: false,
  tty: false,
}

/**
 * Container actions with fake services. The services record every call except `beforeStart`. A recorded call fails if
 * the test requires it.
 */
function recorded(mounts: ContainerMount[] = []) {
  const calls: string[] = []
  const failures = new Map<string, BerthError>()
  function call<T>(name: string, answer: T): Promise<T> {
    calls.push(name)
    const failure = failures.get(name)
    return failure === undefined ? Promise.resolve(answer) : Promise.reject(failure)
  }
  const image: Image = { id: 'i', tags: [], digests: [], size: 0, createdAt: 0, labels: {} }
  const volume = { name: 'old', driver: 'local', createdAt: 0, labels: {}, anonymous: false }
  const existing = new Map([
    ['old', volume],
    ['nameless', { ...volume, name: 'nameless', anonymous: true }],
  ])
  const services: ContainerActionsOptions = {
    engine: {
      containers: {
        get: (id) => call(`get ${id}`, { ...container, mounts }),
        create: ({ binds = [] }) =>
          call(['create', ...binds.map(({ hostPath }) => hostPath)].join(' '), { id: 'c1' }),
        start: (id) => call(`start ${id}`, undefined),
        restart: (id) => call(`restart ${id}`, undefined),
        stop: (id, grace) => call(`stop ${id} ${String(grace)}`, undefined),
        kill: (id, signal) => call(`kill ${id} ${String(signal)}`, undefined),
        rename: (id, name) => call(`rename ${id} ${name}`, undefined),
        commit: (id) => call(`commit ${id}`, { imageId: 'sha256:new' }),
        pause: (id) => call(`pause ${id}`, undefined),
        unpause: (id) => call(`unpause ${id}`, undefined),
        remove: (id, { force, volumes }) =>
          call(`remove ${id} ${String(force)} ${String(volumes)}`, undefined),
      },
      images: { get: (reference) => call(`image ${reference}`, image) },
      volumes: {
        find: (name) => call(`find volume ${name}`, existing.get(name)),
        remove: (name) => call(`remove volume ${name}`, undefined),
      },
    },
    ports: {
      reserve: (bindings, id) =>
        call(`reserve ${bindings.map(({ hostPort }) => hostPort).join()} ${id ?? 'nobody'}`, {
          settle: () => call('settle', undefined),
          handOver: () => undefined,
        }),
    },
    state: { refreshContainer: (id) => call(`refresh ${id}`, undefined) },
    mounts: {
      bindSource: (path) => call(`bind ${path}`, `/machine${path}`),
      beforeStart: () => Promise.resolve(),
    },
    dockerCli: { configFolder: '/nowhere', dockerHost: 'unix:///nowhere/docker.sock' },
  }
  return { calls, failures, actions: new ContainerActions(services) }
}

describe('running a container', () => {
  let calls: string[]
  let failures: Map<string, BerthError>
  let actions: ContainerActions

  beforeEach(() => {
    ;({ calls, failures, actions } = recorded())
  })

  const failed = new BerthError('container.start-failed', { reason: 'no such command' })

  it('reserves the ports before it creates the container, and ends the reservation when the state contains the container', async () => {
    expect(await actions.run(request)).toEqual({ id: 'c1' })
    expect(calls).toEqual([
      'image busybox',
      'find volume old',
      'find volume new',
      'reserve 5000 nobody',
      'create',
      'start c1',
      'refresh c1',
      'settle',
    ])
  })

  it('mounts each host folder by its path in the machine, and creates nothing if a folder is missing', async () => {
    const binds = [{ hostPath: '/home/me', path: '/app', readOnly: false }]
    await actions.run({ ...request, binds })
    expect(calls).toContain('create /machine/home/me')
    calls.length = 0
    failures.set('bind /home/me', new BerthError('mounts.source-missing', { path: '/home/me' }))
    await expect(actions.run({ ...request, binds })).rejects.toMatchObject({
      code: 'mounts.source-missing',
    })
    expect(calls).toEqual(['bind /home/me'])
  })

  it('creates nothing if the image is unknown', async () => {
    failures.set('image busybox', new BerthError('image.not-found', { image: 'busybox' }))
    await expect(actions.run(request)).rejects.toMatchObject({ code: 'image.not-found' })
    expect(calls).toEqual(['image busybox'])
  })

  it('creates nothing if a port is taken', async () => {
    failures.set('reserve 5000 nobody', new BerthError('port.taken', { port: 5000 }))
    await expect(actions.run(request)).rejects.toMatchObject({ code: 'port.taken' })
    expect(calls.at(-1)).toBe('reserve 5000 nobody')
  })

  it('reserves no port if the engine cannot tell which volumes exist', async () => {
    failures.set('find volume new', new BerthError('engine.unreachable'))
    await expect(actions.run(request)).rejects.toMatchObject({ code: 'engine.unreachable' })
    expect(calls).toEqual(['image busybox', 'find volume old', 'find volume new'])
  })

  it('closes the ports and removes the new volumes if the container cannot be created', async () => {
    failures.set('create', new BerthError('container.name-taken', { name: 'web' }))
    await expect(actions.run(request)).rejects.toMatchObject({ code: 'container.name-taken' })
    expect(calls.slice(5)).toEqual(['settle', 'remove volume new'])
  })

  it('removes the container and its new volumes, and closes the ports, if the container does not start', async () => {
    failures.set('start c1', failed)
    await expect(actions.run(request)).rejects.toBe(failed)
    expect(calls.slice(6)).toEqual(['settle', 'remove c1 true true', 'remove volume new'])
  })

  it('continues the clean-up if the engine has already removed the container', async () => {
    failures.set('start c1', failed)
    failures.set('remove c1 true true', new BerthError('container.not-found', { container: 'c1' }))
    await expect(actions.run(request)).rejects.toBe(failed)
    expect(calls.at(-1)).toBe('remove volume new')
  })

  it('reports the error of the failed step, not an error of the clean-up', async () => {
    failures.set('start c1', failed)
    failures.set('remove c1 true true', new BerthError('engine.unreachable'))
    await expect(actions.run(request)).rejects.toBe(failed)
  })
})

describe('a start and a restart', () => {
  it('reserve the container’s ports while the container starts', async () => {
    const { calls, actions } = recorded()
    await actions.start('web')
    expect(calls).toEqual([
      'get web',
      `reserve 5000 ${container.id}`,
      'start web',
      `refresh ${container.id}`,
      'settle',
    ])
    calls.length = 0
    await actions.restart('web')
    expect(calls[2]).toBe('restart web')
  })

  it('do not start a container whose port is taken', async () => {
    const { calls, failures, actions } = recorded()
    failures.set(`reserve 5000 ${container.id}`, new BerthError('port.taken', { port: 5000 }))
    await expect(actions.start('web')).rejects.toMatchObject({ code: 'port.taken' })
    expect(calls).not.toContain('start web')
  })

  it('end the reservation if the start fails', async () => {
    const { calls, failures, actions } = recorded()
    failures.set('start web', new BerthError('container.start-failed', { reason: 'x' }))
    await expect(actions.start('web')).rejects.toMatchObject({ code: 'container.start-failed' })
    expect(calls.at(-1)).toBe('settle')
  })
})

describe('a removal', () => {
  const mount = (source: string): ContainerMount => ({
    type: 'volume',
    source,
    destination: `/${source}`,
    readOnly: false,
  })

  it('with volumes also removes the anonymous volumes that the container mounts by name', async () => {
    const { calls, failures, actions } = recorded([mount('old'), mount('nameless'), mount('gone')])
    const inUse = new BerthError('volume.in-use', { volume: 'nameless', containers: 'db' })
    failures.set('remove volume nameless', inUse)
    await actions.remove('web', { force: true, volumes: true })
    expect(calls).toEqual([
      'get web',
      'remove web true true',
      'find volume old',
      'find volume nameless',
      'remove volume nameless',
      'find volume gone',
    ])
  })

  it('without volumes keeps them', async () => {
    const { calls, actions } = recorded([mount('nameless')])
    await actions.remove('web', { force: true, volumes: false })
    expect(calls).toEqual(['remove web true false'])
  })
})
