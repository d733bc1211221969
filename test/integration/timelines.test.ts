import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ContainerActions } from '../../src/main/containers/container-actions'
import { ContainerChanges } from '../../src/main/containers/container-changes'
import { dockerInterceptors, TimelineObserver } from '../../src/main/docker-socket'
import { Tasks } from '../../src/main/tasks'
import type { Timelines } from '../../src/main/timelines'
import type { Timeline, TimelineStepName } from '../../src/shared/timelines'
import { freePort } from '../../src/main/lib'
import { silentLog } from '../support/fake-services'
import { newTimelines } from '../support/new-timelines'
import { listeningSocket } from '../support/docker-socket'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { idleContainer, sleeping } from '../support/busybox-image'

const answering = 'echo hello; while true; do echo answer | nc -l -p 80 >/dev/null; done'
const run = promisify(execFile)

describe('the timeline of a run', { timeout: 180_000 }, () => {
  let fixture: EngineFixture
  let folder: string
  let timelines: Timelines
  let actions: ContainerActions
  let tasks: Tasks
  let socket: Awaited<ReturnType<typeof listeningSocket>>

  const open = () => newTimelines(fixture, folder)
  const docker = (...args: string[]) => run('docker', ['-H', `unix://${socket.path}`, ...args])
  const named = (name: string) => timelines.list().findLast((timeline) => timeline.name === name)

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    folder = await mkdtemp(join(tmpdir(), 'berth-timelines-'))
    timelines = await open()
    const { engine, state, ports, mounts, machine } = fixture
    const dockerCli = { configFolder: fixture.docker.folder, dockerHost: 'unix:///nowhere/docker.sock' }
    actions = new ContainerActions({ engine, state, ports, mounts, dockerCli, timelines })
    tasks = await Tasks.open({ folder: join(folder, 'tasks'), log: silentLog })
    socket = await listeningSocket({
      openEngine: () => machine.link.openUnixSocket('/var/run/docker.sock'),
      interceptors: dockerInterceptors({ mounts, engine, ports, state, timelines }),
      observer: new TimelineObserver({ timelines, state }),
    })
  })
  afterAll(async () => {
    try {
      await socket.close()
      await timelines.close()
      await tasks.closeAll()
      await rm(folder, { recursive: true })
    } finally {
      await fixture.close()
    }
  })

  const endOf = (timeline: Timeline | undefined, name: TimelineStepName) =>
    timeline?.steps.find((step) => step.name === name)?.endedAt
  /** The steps in the order in which they must end. */
  function expectOrder(timeline: Timeline | undefined, names: TimelineStepName[]): void {
    const ends = names.map((name) => endOf(timeline, name))
    expect(ends, JSON.stringify(timeline?.steps)).not.toContain(undefined)
    expect(ends).toEqual([...ends].sort((a, b) => Number(a) - Number(b)))
  }
  /** Connects until the program answers. */
  const answerOf = (port: number) =>
    eventually(
      () =>
        new Promise<string>((resolve) => {
          const client = connect({ host: '127.0.0.1', port })
          client.once('data', (bytes) => {
            client.destroy()
            resolve(bytes.toString())
          })
          client
            .once('error', () => undefined)
            .once('close', () => {
              resolve('')
            })
        }),
    ).toBe('answer\n')

  test('a run through Berth has every step in order, within the call’s begin and end', async () => {
    const hostPort = await freePort()
    const begun = performance.timeOrigin + performance.now()
    const changes = new ContainerChanges({
      engine: fixture.engine,
      state: fixture.state,
      actions,
      replacements: {
        replace: () => Promise.reject(new Error('unused')),
        recover: () => Promise.resolve([]),
      },
      mounts: fixture.mounts,
      layerFolders: {
        measure: () => Promise.reject(new Error('unused')),
        copy: () => Promise.reject(new Error('unused')),
      },
      loginFor: () => Promise.resolve({}),
      tasks,
      timelines,
      log: silentLog,
    })
    const sentAt = Date.now()
    const taskId = changes.run(
      {
        ...idleContainer,
        name: 'shown',
        command: ['sh', '-c', answering],
        ports: [{ hostIp: '', hostPort, containerPort: 80, protocol: 'tcp' }],
      },
      sentAt,
    )
    expect(await tasks.ended(taskId)).toMatchObject({ state: 'succeeded' })
    const ended = performance.timeOrigin + performance.now()
    await answerOf(hostPort)
    await eventually(() => endOf(named('shown'), 'output')).toBeDefined()
    await eventually(() => endOf(named('shown'), 'namespaces')).toBeDefined()
    await eventually(() => endOf(named('shown'), 'answer')).toBeDefined()
    const timeline = named('shown')
    expect(timeline).toMatchObject({
      id: taskId,
      kind: 'run',
      origin: 'berth',
      state: 'done',
      image: busybox,
    })
    expectOrder(timeline, ['sent', 'lookup', 'reserve', 'create', 'network', 'process', 'start'])
    expectOrder(timeline, ['create', 'namespaces', 'output', 'answer'])
    expectOrder(timeline, ['create', 'forward', 'process'])
    expect(timeline?.facts).toMatchObject({ cached: true, pulledBytes: 0 })
    expect(timeline?.startedAt).toBeGreaterThan(begun - 100)
    expect((timeline?.startedAt ?? 0) + (endOf(timeline, 'start') ?? 0)).toBeLessThan(ended)
    expect(timeline?.clockErrorMs).toBeLessThan(5_000)
  })

  test('a run of the docker CLI has the same steps, and is compared with the run before', async () => {
    const hostPort = await freePort()
    // A program that claims to be the proxy of this port, and runs already.
    const proxy = `/docker-proxy -proto tcp -host-port ${String(hostPort)}`
    const script = `printf '#!/bin/sh\\nsleep 1000 & wait' >/docker-proxy; chmod +x /docker-proxy; exec ${proxy}`
    await docker('run', '-d', '--name=liar', busybox, 'sh', '-c', script)
    await eventually(() => fixture.machine.link.exec('pidof docker-proxy')).toMatchObject({ code: 0 })
    await docker(
      ...['run', '-d', '--name=asked', '-p', `${String(hostPort)}:80`],
      ...['--health-cmd=true', '--health-interval=1s', busybox, 'sh', '-c', answering],
    )
    await answerOf(hostPort)
    for (const name of ['output', 'namespaces', 'forward', 'answer', 'healthy'] as const)
      await eventually(() => endOf(named('asked'), name)).toBeDefined()
    const timeline = named('asked')
    expect(timeline).toMatchObject({ kind: 'run', origin: 'docker', state: 'done', image: busybox })
    expectOrder(timeline, ['received', 'create', 'reserve', 'network', 'process', 'healthy'])
    expectOrder(timeline, ['reserve', 'namespaces', 'output', 'answer'])
    // The kernel's times lie between the call and the engine's report. They are not moved there.
    const duration = (name: TimelineStepName) =>
      timeline?.steps
        .filter((step) => step.name === name)
        .map((step) => Number(step.endedAt) - step.startedAt)[0]
    expect(duration('namespaces')).toBeGreaterThan(0)
    expect(duration('forward')).toBeGreaterThan(0)
    expect(timeline?.facts).toMatchObject({ cached: true, healthIntervalMs: 1000 })
    expect(timelines.ofContainer(timeline?.containerId ?? '')).toMatchObject([
      { timeline: { name: 'asked' }, before: { name: 'liar' } },
    ])
  })

  test('a start that finds its port taken has failed with that reason, and a restart has its own timeline', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = String(typeof address === 'object' ? address?.port : '')
    await docker('create', '--name=late', '-p', `127.0.0.1:${port}:80`, busybox, ...sleeping)
    expect(named('late')).toBeUndefined()
    await expect(docker('start', 'late')).rejects.toThrow(port)
    await eventually(() => named('late')?.state).toBe('failed')
    expect(named('late')).toMatchObject({ origin: 'docker', error: { code: 'port.taken' } })
    expect(named('late')?.steps.find(({ name }) => name === 'reserve')).toMatchObject({ failed: true })
    taken.close()
    await once(taken, 'close')
    await docker('start', 'late')
    await eventually(() => endOf(named('late'), 'process')).toBeDefined()
    await actions.restart(named('late')?.containerId ?? '')
    await eventually(() => named('late')?.kind).toBe('restart')
    expectOrder(named('late'), ['received', 'reserve', 'stopped', 'network', 'process', 'start'])
  })

  test('a missing image shows the look-up and the pull, although it fails', async () => {
    await expect(docker('run', '127.0.0.1:9/nowhere:1')).rejects.toThrow()
    const found = () => timelines.list().findLast(({ image }) => image === '127.0.0.1:9/nowhere:1')
    await eventually(() => found()?.state).toBe('failed')
    expectOrder(found(), ['received', 'lookup', 'pull'])
    expect(found()).toMatchObject({
      kind: 'run',
      facts: { cached: false },
      error: { code: 'registry.unreachable' },
    })
  })

  test('the timelines survive a restart of Berth', async () => {
    const before = timelines.list()
    await timelines.close()
    timelines = await open()
    expect(timelines.list()).toEqual(before)
    await timelines.forget()
    expect((await open()).list()).toEqual([])
  })
})
