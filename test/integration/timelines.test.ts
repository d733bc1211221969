import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builds } from '../../src/main/builds'
import { ContainerActions } from '../../src/main/containers/container-actions'
import { ContainerChanges } from '../../src/main/containers/container-changes'
import { dockerInterceptors, TimelineObserver } from '../../src/main/docker-socket'
import { Tasks } from '../../src/main/tasks'
import type { Timelines } from '../../src/main/timelines'
import type { Timeline, TimelineStepName } from '../../src/shared/timelines'
import { freePort } from '../../src/main/lib'
import { addCliPlugins } from '../support/cli-plugins'
import { silentLog } from '../support/fake-services'
import { newTimelines } from '../support/new-timelines'
import { listeningSocket } from '../support/docker-socket'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { idleContainer, sleeping } from '../support/busybox-image'
import { newHostFolders } from '../support/host-folders'

const answering = 'echo hello; while true; do echo answer | nc -l -p 80 >/dev/null; done'
const run = promisify(execFile)

describe('the timeline of a run', { timeout: 180_000 }, () => {
  let fixture: EngineFixture
  let folder: string
  let timelines: Timelines
  let actions: ContainerActions
  let tasks: Tasks
  let builds: Builds
  let socket: Awaited<ReturnType<typeof listeningSocket>>

  const open = () => newTimelines(fixture, folder)
  const docker = (...args: string[]) => run('docker', args, { env: dockerEnvironment() })
  const dockerEnvironment = () => ({
    ...{ PATH: process.env.PATH, DOCKER_HOST: `unix://${socket.path}` },
    DOCKER_CONFIG: join(folder, 'docker'),
  })
  const named = (name: string) => timelines.list().findLast((timeline) => timeline.name === name)

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    folder = await mkdtemp(join(tmpdir(), 'berth-timelines-'))
    timelines = await open()
    const { engine, state, ports, mounts, machine } = fixture
    const dockerCli = { configFolder: fixture.docker.folder, dockerHost: 'unix:///nowhere/docker.sock' }
    actions = new ContainerActions({ engine, state, ports, mounts, dockerCli, timelines })
    tasks = await Tasks.open({ folder: join(folder, 'tasks'), log: silentLog })
    await mkdir(join(folder, 'docker'))
    await addCliPlugins(join(folder, 'docker'))
    builds = new Builds({
      ...{ link: machine.link, mounts, state, tasks, timelines, log: silentLog },
      hostFolders: newHostFolders(),
      logins: { forImage: () => Promise.resolve({}) },
      factsFolder: join(folder, 'facts'),
    })
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
        writtenElsewhere: () => Promise.reject(new Error('unused')),
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

  describe('of a compose project', () => {
    const web = {
      command: [...sleeping],
      volumes: ['data:/data'],
      depends_on: { db: { condition: 'service_healthy' } },
    }
    const db = { command: [...sleeping], healthcheck: { test: 'true', interval: '1s' } }
    const services = { web: { image: busybox, ...web }, db: { image: busybox, ...db } }
    const file = JSON.stringify({ services, volumes: { data: {} } })
    const ofProjects = () => timelines.list().filter(({ kind }) => kind === 'compose')
    const shownSteps = (name: string) => named(name)?.steps.map((step) => `${step.name} ${step.label}`)
    const stepsOf = (name: string) => [
      ...[`makeNetwork ${name}_default`, `makeVolume ${name}_data`],
      ...[`create ${name}-db-1`, `create ${name}-web-1`],
      ...[`start ${name}-db-1`, `healthy ${name}-db-1`, `start ${name}-web-1`],
    ]

    test('a start by the docker CLI is one timeline, beside those of its containers', async () => {
      const path = join(folder, 'compose.yaml')
      await writeFile(path, file)
      const compose = (...args: string[]) => docker('compose', '-p', 'asked-all', '-f', path, ...args)
      await compose('up', '-d')
      await eventually(() => named('asked-all')?.state).toBe('done')
      expect(named('asked-all')).toMatchObject({ kind: 'compose', origin: 'docker', error: null })
      expect(shownSteps('asked-all')).toEqual(stepsOf('asked-all'))
      expect(named('asked-all-web-1')).toMatchObject({ kind: 'run', origin: 'docker', state: 'done' })
      await compose('restart', '-t', '0', 'web')
      await compose('run', '--rm', 'web', 'true')
      await compose('down', '-v', '-t', '0')
      expect(ofProjects().map(({ name }) => name)).toEqual(['asked-all'])
    })

    test('a start inside of the machine is one timeline too', async () => {
      const compose = 'docker compose -p inside -f -'
      const up = await fixture.machine.link.exec(`${compose} up -d`, { input: file })
      expect(up).toMatchObject({ code: 0 })
      await eventually(() => named('inside')?.state).toBe('done')
      expect(shownSteps('inside')).toEqual(stepsOf('inside'))
      await fixture.machine.link.exec(`${compose} down -v -t 0`, { input: file })
    })
  })

  describe('of an image', () => {
    const folderOf = async (name: string, ...lines: string[]) => {
      const made = join(folder, name)
      await mkdir(made)
      await writeFile(join(made, 'Dockerfile'), [`FROM ${busybox}`, ...lines].join('\n'))
      await writeFile(join(made, 'greeting'), name)
      return made
    }
    const instructions = (name: string) =>
      named(name)?.steps.filter((step) => step.name === 'instruction' && !step.label.includes('[internal]'))

    test('a build of the docker CLI is recorded once, as one of Berth is', async () => {
      const made = await folderOf('kit', 'COPY greeting /', 'RUN cat greeting >/copied; sleep 1')
      const request = { folder: made, dockerfile: 'Dockerfile', tags: ['own:1'], arguments: [], target: '' }
      const { id } = await builds.start({
        ...request,
        platform: '',
        secrets: [],
        noCache: false,
        pull: false,
      })
      expect(await tasks.ended(id)).toMatchObject({ state: 'succeeded' })
      await docker('build', '-t', 'asked:1', '--no-cache', made)
      await eventually(() => named('asked:1')?.state).toBe('done')
      expect(timelines.list().flatMap(({ kind, name }) => (kind === 'build' ? [name] : []))).toEqual([
        'own:1',
        'asked:1',
      ])
      expect(named('asked:1')).toMatchObject({ kind: 'build', origin: 'docker', error: null })
      const shown = instructions('asked:1') ?? []
      expect(shown.map(({ label, failed }) => [label.split(' ', 2).join(' '), failed])).toEqual([
        ['[1/3] FROM', false],
        ['[2/3] COPY', false],
        ['[3/3] RUN', false],
        ['exporting to', false],
      ])
      const ran = shown[2]
      expect(Number(ran?.endedAt) - Number(ran?.startedAt)).toBeGreaterThan(1000)
      await builds.refresh()
      // The timeline has the id of the build.
      expect(await builds.find(named('asked:1')?.id ?? '')).toMatchObject({
        origin: 'engine',
        hasTimeline: true,
      })
      expect(await builds.find(id)).toMatchObject({ hasTimeline: true })
    })

    test('a build that fails shows BuildKit’s message and the step', async () => {
      const made = await folderOf('failing', 'RUN exit 3')
      await expect(docker('build', '-t', 'failing:1', made)).rejects.toThrow('exit code: 3')
      await eventually(() => named('failing:1')?.state).toBe('failed')
      expect(named('failing:1')?.error).toMatchObject({ code: 'build.failed' })
      expect(named('failing:1')?.error?.detail).toContain('exit code: 3')
      expect(instructions('failing:1')?.at(-1)).toMatchObject({ label: '[2/2] RUN exit 3', failed: true })
    })

    test('a build without BuildKit has a step for each instruction', async () => {
      const made = await folderOf('legacy', 'COPY greeting /', 'RUN true')
      const env = { ...dockerEnvironment(), DOCKER_BUILDKIT: '0' }
      for (let times = 0; times < 2; times++) await run('docker', ['build', '-t', 'legacy', made], { env })
      expect(named('legacy:latest')).toMatchObject({ kind: 'build', origin: 'docker', state: 'done' })
      expect(instructions('legacy:latest')?.map(({ label, cached }) => [label, cached])).toEqual([
        [`[1/3] FROM ${busybox}`, undefined],
        ['[2/3] COPY greeting /', true],
        ['[3/3] RUN true', true],
      ])
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
