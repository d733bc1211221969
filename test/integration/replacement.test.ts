import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ContainerActions } from '../../src/main/containers/container-actions'
import { ContainerChanges, type ContainerChangesOptions } from '../../src/main/containers/container-changes'
import { Replacements, type ReplacementsOptions } from '../../src/main/containers/replacement'
import { ReplacementJournal } from '../../src/main/containers/replacement-journal'
import type { Containers } from '../../src/main/engine/containers'
import { LayerFolders } from '../../src/main/files'
import { ensurePrivateFolder } from '../../src/main/lib'
import { type RunningTask, Tasks, type TaskSpec } from '../../src/main/tasks/tasks'
import { changeTask } from '../../src/shared/changes'
import { changeOf, type ContainerChange } from '../../src/shared/container-changes'
import type { RunRequest } from '../../src/shared/run'
import type { TaskKind } from '../../src/shared/tasks'
import { sleeping } from '../support/busybox-image'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { temporaryPaths } from '../support/machine-fixture'

/** With this health check, a container stays in the state `starting` for more than ten minutes. */
const slowCheck = {
  kind: 'command',
  command: 'false',
  interval: 60,
  timeout: 5,
  startPeriod: 600,
  retries: 9,
} as const

/** The tasks of a process that is killed, so they never end. */
class KilledTasks implements Pick<Tasks, 'start'> {
  readonly #details = new Map<string, unknown>()

  start<Kind extends TaskKind>({ run }: TaskSpec<Kind>): string {
    const id = randomUUID()
    const task: RunningTask<Kind> = {
      id,
      progress: () => undefined,
      detail: (detail) => this.#details.set(id, detail),
      log: () => Promise.resolve(),
      commit: () => undefined,
    }
    run(task, new AbortController().signal).catch(() => undefined)
    return id
  }
  /** The step in which a change is. */
  step(id: string): string | undefined {
    return changeTask.detail.optional().parse(this.#details.get(id))?.steps.at(-1)?.name
  }
}

describe('run, edit and update of containers', () => {
  let fixture: EngineFixture
  let machineFolder: string
  let changes: ContainerChanges
  let tasks: Tasks

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    // Every launch in these tests adds a listener.
    fixture.state.setMaxListeners(0)
    machineFolder = (await temporaryPaths()).machine
    await ensurePrivateFolder(machineFolder)
    tasks = await Tasks.open({ folder: join(machineFolder, 'tasks'), log: silentLog })
    changes = newChanges({}, {}, { events: fixture.state })
  })
  afterEach(async () => {
    await fixture.clear()
  })
  afterAll(async () => {
    await tasks.closeAll()
    await fixture.close()
    await rm(machineFolder, { recursive: true, force: true })
  })

  /**
   * The services of one launch of Berth. `containers` and `recreation` replace methods, to stop a launch in the middle
   * of a change. Only one launch may follow the engine, because each recovers what it finds in the journal.
   */
  function newChanges(
    containers: Partial<Pick<Containers, 'start' | 'rename' | 'remove' | 'stop'>> = {},
    recreation: Partial<ReplacementsOptions['engine']['recreation']> = {},
    {
      events = new EventEmitter(),
      list = tasks,
    }: { events?: ContainerChangesOptions['state']; list?: ContainerChangesOptions['tasks'] } = {},
  ): ContainerChanges {
    const { engine, state, ports, mounts, docker } = fixture
    const dockerCli = { configFolder: docker.folder, dockerHost: 'unix:///nowhere/docker.sock' }
    const actions = new ContainerActions({ engine, state, ports, mounts, dockerCli })
    const journal = new ReplacementJournal({ paths: { machine: machineFolder }, log: silentLog })
    const replaced = (object: object, methods: object): object =>
      new Proxy(object, {
        get: (target, key) => {
          const own: unknown = Reflect.get(methods, key)
          if (own !== undefined) return own
          const value: unknown = Reflect.get(target, key, target)
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
    const replacing: ReplacementsOptions['engine'] = {
      containers: replaced(engine.containers, containers) as Containers,
      recreation: replaced(engine.recreation, recreation) as typeof engine.recreation,
      volumes: engine.volumes,
    }
    const options: ContainerChangesOptions = {
      engine,
      state: events,
      actions,
      mounts,
      replacements: new Replacements({
        engine: replacing,
        state,
        ports,
        mounts,
        actions,
        journal,
        renamed: () => Promise.resolve(),
        log: silentLog,
        settleMs: 1500,
      }),
      layerFolders: new LayerFolders({ link: fixture.machine.link, engine }),
      loginFor: () => Promise.resolve({}),
      tasks: list,
      log: silentLog,
    }
    return new ContainerChanges(options)
  }

  function shown(id: string): ContainerChange {
    const found = changeOf(tasks.get(id))
    if (found === undefined) throw new Error('the task is no change of a container')
    return found
  }
  async function ended(id: string): Promise<ContainerChange> {
    await tasks.ended(id)
    return shown(id)
  }
  /** Every recovery so far, the newest first. */
  const recoveries = () =>
    tasks
      .list()
      .flatMap((task) => changeOf(task) ?? [])
      .filter(({ kind, state }) => kind === 'recovery' && state !== 'running')
      .reverse()

  async function inspected(name: string, format: string): Promise<unknown> {
    return JSON.parse(await fixture.docker.run('inspect', '--format', `{{json ${format}}}`, name))
  }

  const names = () => fixture.docker.run('ps', '-a', '--format', '{{.Names}} {{.State}}')

  it('runs a container with most options', async () => {
    await fixture.docker.run('network', 'create', '--subnet', '172.31.5.0/24', 'backend')
    const id = changes.run({
      image: busybox,
      name: 'full',
      entrypoint: ['sh', '-c'],
      command: sleeping.slice(2),
      environment: [{ name: 'GREETING', value: 'a=b "c"' }],
      ports: [
        { hostIp: '', hostPort: 5601, containerPort: 80, protocol: 'tcp' },
        { hostIp: '', hostPort: 0, containerPort: 53, protocol: 'udp' },
      ],
      volumes: [
        { volume: 'full-data', path: '/data', readOnly: false },
        { volume: '', path: '/anonymous', readOnly: false },
      ],
      tmpfs: [{ path: '/scratch', size: 1_048_576 }],
      autoRemove: false,
      tty: true,
      openStdin: true,
      workingDirectory: '/tmp',
      user: 'nobody',
      restart: { policy: 'on-failure', retries: 3 },
      cpus: 0.5,
      memory: 64 * 1024 ** 2,
      pids: 100,
      health: { kind: 'command', command: 'true', interval: 5, timeout: 3, startPeriod: 1, retries: 2 },
      labels: [{ name: 'team', value: 'web' }],
      networks: [{ network: 'backend', aliases: ['db'], ipv4: '172.31.5.9', ipv6: '' }],
      hostname: 'inside',
      extraHosts: [{ name: 'gateway', address: '10.0.0.1' }],
      dns: ['1.1.1.1'],
      capAdd: ['NET_ADMIN'],
      capDrop: ['MKNOD'],
      devices: [{ source: '/dev/null', path: '/dev/nothing', permissions: 'rw' }],
      readOnlyRoot: true,
      init: true,
      logging: { driver: 'json-file', options: [{ name: 'max-size', value: '1m' }] },
    })
    const change = await ended(id)
    expect(change.error).toBeNull()
    expect(change.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(['create done', 'start done'])
    expect(await inspected('full', '.Config')).toMatchObject({
      Entrypoint: ['sh', '-c'],
      Env: expect.arrayContaining(['GREETING=a=b "c"']) as unknown,
      Tty: true,
      OpenStdin: true,
      WorkingDir: '/tmp',
      User: 'nobody',
      Hostname: 'inside',
      Labels: { team: 'web' },
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5e9, Timeout: 3e9, StartPeriod: 1e9, Retries: 2 },
    })
    expect(await inspected('full', '.HostConfig')).toMatchObject({
      NanoCpus: 5e8,
      Memory: 64 * 1024 ** 2,
      PidsLimit: 100,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      ExtraHosts: ['gateway:10.0.0.1'],
      Dns: ['1.1.1.1'],
      CapAdd: ['NET_ADMIN'],
      CapDrop: ['MKNOD'],
      ReadonlyRootfs: true,
      Init: true,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
      Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/nothing', CgroupPermissions: 'rw' }],
    })
    expect(await inspected('full', '.NetworkSettings.Networks.backend')).toMatchObject({
      IPAddress: '172.31.5.9',
      Aliases: ['db'],
    })
    // The engine has chosen a port for the second binding.
    expect(await inspected('full', '.NetworkSettings.Ports')).toMatchObject({
      '53/udp': [{ HostPort: expect.stringMatching(/^\d+$/) as unknown }, {}],
    })
    // The form shows exactly what the user has entered, and an edit without a change changes nothing in the body.
    const { request } = await changes.editable('full')
    expect(request).toMatchObject({
      cpus: 0.5,
      user: 'nobody',
      tmpfs: [{ path: '/scratch', size: 1_048_576 }],
    })
    const { before, after } = await changes.preview('full', request)
    expect(after).toBe(before)
  })

  it('edits a container, and keeps its volumes, name, addresses and all settings that the form does not know', async () => {
    await fixture.docker.run('network', 'create', '--subnet', '172.31.6.0/24', 'inner')
    const options = ['--network', 'inner', '--ip', '172.31.6.7', '--network-alias', 'store', '-v', '/keep']
    const unknown = ['--shm-size', '32m', '--ulimit', 'nofile=1234', '--sysctl', 'net.core.somaxconn=200']
    const volumes = ['-v', 'named:/named', '-e', 'OLD=1', '-e', 'STAY=2']
    await fixture.docker.run(
      'run',
      '-d',
      '--name',
      'db',
      ...options,
      ...unknown,
      ...volumes,
      busybox,
      ...sleeping,
    )
    await fixture.docker.run('exec', 'db', 'sh', '-c', 'echo precious > /keep/data')
    const before = await changes.editable('db')
    const { request } = before
    expect(request.volumes).toContainEqual({ volume: 'named', path: '/named', readOnly: false })
    const oldId = String(await inspected('db', '.Id'))
    const id = await changes.edit('db', {
      ...request,
      environment: [
        { name: 'STAY', value: '2' },
        { name: 'NEW', value: '3' },
      ],
      ports: [{ hostIp: '', hostPort: 5602, containerPort: 80, protocol: 'tcp' }],
      volumes: [...request.volumes, { volume: 'added', path: '/added', readOnly: true }],
    })
    const change = await ended(id)
    expect(change.error).toBeNull()
    expect(change.steps.map(({ name }) => name)).toEqual(['create', 'stop', 'start', 'watch', 'finish'])
    expect(await names()).toBe('db running')
    expect(await inspected('db', '.Id')).toBe(change.containerId)
    expect(change.containerId).not.toBe(oldId)
    expect(await fixture.docker.run('exec', 'db', 'cat', '/keep/data')).toBe('precious')
    expect(await fixture.docker.run('exec', 'db', 'sh', '-c', 'echo $OLD$STAY$NEW')).toBe('23')
    expect(await inspected('db', '.NetworkSettings.Networks.inner')).toMatchObject({
      IPAddress: '172.31.6.7',
      Aliases: ['store'],
    })
    expect(await inspected('db', '.HostConfig')).toMatchObject({
      ShmSize: 32 * 1024 ** 2,
      Ulimits: [{ Name: 'nofile', Hard: 1234, Soft: 1234 }],
      Sysctls: { 'net.core.somaxconn': '200' },
      PortBindings: { '80/tcp': [{ HostPort: '5602' }] },
    })
    await eventually(() => fixture.ports.forwards).toMatchObject([
      { containerId: change.containerId, state: 'open' },
    ])
  })

  it('keeps the addresses that the network has chosen, or says which have changed', async () => {
    const { docker } = fixture
    await docker.run('network', 'create', '--subnet', '172.31.8.0/24', 'chosen')
    const run = (name: string) =>
      docker.run('run', '-d', '--name', name, '--network', 'chosen', busybox, ...sleeping)
    await run('first')
    await run('second')
    const addresses = async () => {
      const all = (await inspected('second', '.NetworkSettings.Networks.chosen')) as Record<string, unknown>
      return { IPAddress: all.IPAddress, MacAddress: all.MacAddress, IPAMConfig: all.IPAMConfig }
    }
    const before = await addresses()
    const edit = async (user: string) => {
      const { request } = await changes.editable('second')
      return ended(await changes.edit('second', { ...request, user }))
    }
    expect(await edit('nobody')).toMatchObject({ error: null, addresses: [] })
    expect(await addresses()).toEqual({ ...before, IPAMConfig: null })
    await docker.run('rm', '-f', 'first')
    const change = await edit('root')
    const after = await addresses()
    expect(after.MacAddress).toBe(before.MacAddress)
    // The first free address of the network is lower than the old one.
    expect(after.IPAddress).not.toBe(before.IPAddress)
    expect(change.addresses).toEqual([
      { network: 'chosen', before: before.IPAddress, after: after.IPAddress },
    ])
  })

  const faults: [string, Partial<RunRequest>, RegExp, string[]][] = [
    ['the engine refuses to create it', { cpus: 900 }, /CPUs/, ['create', 'restore']],
    [
      'a network refuses it',
      { networks: [{ network: 'inner', aliases: [], ipv4: '10.9.9.9', ipv6: '' }] },
      /10\.9\.9\.9|subnet/,
      ['create', 'restore'],
    ],
    [
      'it does not start',
      { command: ['/no/such/program'] },
      /no such/,
      ['create', 'stop', 'start', 'restore'],
    ],
    [
      'it ends at once',
      { command: ['sh', '-c', 'echo goodbye; exit 3'] },
      /3/,
      ['create', 'stop', 'start', 'watch', 'restore'],
    ],
    [
      'it turns unhealthy',
      {
        health: {
          kind: 'command',
          command: 'echo ill; false',
          interval: 1,
          timeout: 5,
          startPeriod: 0,
          retries: 1,
        },
      },
      /unhealthy/,
      ['create', 'stop', 'start', 'watch', 'restore'],
    ],
  ]

  it('puts the old container back when the new one fails in any step', async () => {
    await fixture.docker.run('network', 'create', '--subnet', '172.31.6.0/24', 'inner')
    const options = ['-v', '/keep', '-p', '127.0.0.1:5603:80']
    await fixture.docker.run('run', '-d', '--name', 'web', ...options, busybox, ...sleeping)
    const { request } = await changes.editable('web')
    const id = await inspected('web', '.Id')
    for (const [fault, settings, reason, steps] of faults) {
      const volumes = [...request.volumes, { volume: 'fresh', path: '/fresh', readOnly: false }]
      const change = await ended(await changes.edit('web', { ...request, volumes, ...settings }))
      expect(change, fault).toMatchObject({ state: 'failed', restored: true })
      expect(JSON.stringify(change.error), fault).toMatch(reason)
      expect(
        change.steps.map(({ name }) => name),
        fault,
      ).toEqual(steps)
      expect(await names(), fault).toBe('web running')
      expect(await inspected('web', '.Id'), fault).toBe(id)
      expect(await fixture.docker.run('volume', 'ls', '-q', '--filter', 'name=fresh'), fault).toBe('')
    }
    const details = tasks
      .list()
      .slice(-2)
      .map(({ error }) => error?.detail)
    expect(details).toEqual(['goodbye', 'ill'])
    await eventually(() => fixture.ports.forwards).toMatchObject([{ containerId: id, state: 'open' }])
  })

  it('cancels an edit while the new container starts, and puts the old one back', async () => {
    await fixture.docker.run('run', '-d', '--name', 'slow', busybox, ...sleeping)
    const { request } = await changes.editable('slow')
    const oldId = await inspected('slow', '.Id')
    const id = await changes.edit('slow', { ...request, health: slowCheck })
    await eventually(() => shown(id).steps.at(-1)?.name).toBe('watch')
    await tasks.cancel(id)
    expect(await ended(id)).toMatchObject({ state: 'cancelled', restored: true, error: null })
    expect(await inspected('slow', '.Id')).toBe(oldId)
    expect(await names()).toBe('slow running')
  })

  it('puts the old container back at the next launch if Berth is killed in the middle of an edit', async () => {
    const never = () => new Promise<never>(() => undefined)
    const { engine } = fixture
    const dead = new KilledTasks()
    const launches: [string, ContainerChanges][] = [
      ['before the rename', newChanges({ rename: never }, {}, { list: dead })],
      [
        'after the creation',
        newChanges(
          {},
          {
            create: async (body, options) => {
              await engine.recreation.create(body, options)
              return never()
            },
          },
          { list: dead },
        ),
      ],
      ['before the start', newChanges({ start: never }, {}, { list: dead })],
    ]
    await fixture.docker.run('run', '-d', '--name', 'job', '-v', '/keep', busybox, ...sleeping)
    const oldId = await inspected('job', '.Id')
    const { request } = await changes.editable('job')
    const steps: Record<string, string> = { 'before the start': 'start' }
    for (const launch of launches) {
      const [moment, killed] = launch
      const id = await killed.edit('job', { ...request, user: 'nobody' })
      await eventually(() => dead.step(id)).toBe(steps[moment] ?? 'create')
      const journal = new ReplacementJournal({ paths: { machine: machineFolder }, log: silentLog })
      await eventually(() => journal.entries()).toHaveLength(1)
      if (moment === 'after the creation') await eventually(() => names()).toMatch(/^job created$/m)
      const next = newChanges()
      await next.recover()
      await eventually(() => recoveries().length).toBe(launches.indexOf(launch) + 1)
      expect(recoveries()[0], moment).toMatchObject({
        restored: true,
        error: { code: 'container.change-interrupted' },
      })
      expect(await names(), moment).toBe('job running')
      expect(await inspected('job', '.Id'), moment).toBe(oldId)
    }
    const late = newChanges({ remove: never }, {}, { list: dead })
    const id = await late.edit('job', { ...request, user: 'nobody' })
    await eventually(() => dead.step(id)).toBe('finish')
    const next = newChanges()
    await next.recover()
    await eventually(() => recoveries()[0]?.state).toBe('succeeded')
    expect(await names()).toBe('job running')
    expect(await inspected('job', '.Config.User')).toBe('nobody')
  })

  it('puts the old container back after a stop of the machine in the middle of an edit', async () => {
    const { machine } = fixture
    await fixture.docker.run('run', '-d', '--name', 'stopped', '-v', '/keep', busybox, ...sleeping)
    await fixture.docker.run('exec', 'stopped', 'sh', '-c', 'echo precious > /keep/data; sync')
    const { request } = await changes.editable('stopped')
    const oldId = await inspected('stopped', '.Id')
    const id = await changes.edit('stopped', { ...request, health: slowCheck })
    await eventually(() => shown(id).steps.at(-1)?.name).toBe('watch')
    await machine.stop()
    expect(await ended(id)).toMatchObject({ state: 'failed', restored: false })
    await machine.start()
    await eventually(() => recoveries()[0]).toMatchObject({ restored: true, oldId })
    expect(await names()).toBe('stopped running')
    expect(await inspected('stopped', '.Id')).toBe(oldId)
    expect(await fixture.docker.run('exec', 'stopped', 'cat', '/keep/data')).toBe('precious')
  })

  it('updates a container whose tag means another image, with the values of the new image', async () => {
    const { docker } = fixture
    await docker.run('tag', busybox, 'app:1')
    await docker.run('run', '-d', '--name', 'app', '-e', 'OWN=1', 'app:1', ...sleeping)
    expect(await changes.updateState('app', false)).toEqual({ reference: 'app:1', outdated: false })
    await docker.run('commit', '-c', 'ENV SHIPPED=2', 'app', 'app:1')
    expect(await changes.updateState('app', false)).toEqual({ reference: 'app:1', outdated: true })
    const change = await ended(await changes.update('app', false))
    expect(change).toMatchObject({ state: 'succeeded', unchanged: false })
    expect(await docker.run('exec', 'app', 'sh', '-c', 'echo $OWN$SHIPPED')).toBe('12')
    expect(await changes.updateState('app', false)).toEqual({ reference: 'app:1', outdated: false })
    expect(await ended(await changes.update('app', false))).toMatchObject({ unchanged: true })
  })
})
