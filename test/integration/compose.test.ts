import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Compose } from '../../src/main/compose/compose'
import { Tasks } from '../../src/main/tasks'
import { type ComposeAction, composeLabels } from '../../src/shared/compose'
import type { Container } from '../../src/shared/containers'
import { BerthError } from '../../src/shared/errors'
import type { Task } from '../../src/shared/tasks'
import type { Timelines } from '../../src/main/timelines'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { newTimelines } from '../support/new-timelines'
import { Registry } from '../support/registry'
import { silentLog } from '../support/fake-services'

const sleep = 'sh -c \'trap "exit 0" TERM; sleep 100000 & wait\''

describe('compose projects', () => {
  let fixture: EngineFixture
  let compose: Compose
  let tasks: Tasks
  let timelines: Timelines
  let root: string
  let folder: string
  let blocker: Server | undefined
  const { signal } = new AbortController()

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    root = await mkdtemp(join(tmpdir(), 'berth-compose-'))
    folder = join(root, 'shared', 'Shop')
    await mkdir(join(folder, 'src'), { recursive: true })
    const mounted = once(fixture.mounts, 'mounted')
    await fixture.mounts.setFolders([{ path: join(root, 'shared'), writable: true }])
    await mounted
    tasks = await Tasks.open({ folder: join(root, 'tasks'), log: silentLog })
    const { machine, mounts, ports, state, docker } = fixture
    timelines = await newTimelines(fixture, root, tasks)
    compose = new Compose({
      timelines,
      home: root,
      log: silentLog,
      link: machine.link,
      tasks,
      state,
      mounts,
      ports,
      logins: { forImage: () => Promise.resolve({}) },
      dockerCli: { configFolder: docker.folder, dockerHost: 'unix:///nowhere/docker.sock' },
    })
  }, 120_000)
  afterAll(async () => {
    await tasks.closeAll()
    await timelines.close()
    blocker?.close()
    await fixture.mounts.setFolders([])
    await fixture.clear()
    await fixture.close()
    await rm(root, { recursive: true })
  })

  const write = (text: string) => writeFile(join(folder, 'compose.yaml'), text)
  const up: ComposeAction = {
    action: 'up',
    services: [],
    build: false,
    pull: 'never',
    recreate: false,
    removeOrphans: true,
  }

  async function run(action: ComposeAction): Promise<Task & { output: string }> {
    const id = await compose.run('shop', action)
    const task = await tasks.ended(id)
    return { ...task, output: (await tasks.readLog(id, 0, 60_000)).text }
  }
  function containers(service?: string): Container[] {
    return [...fixture.state.containers.values()].filter(
      ({ labels }) =>
        labels[composeLabels.project] === 'shop' &&
        (service === undefined || labels[composeLabels.service] === service),
    )
  }
  async function inMachine(command: string): Promise<string> {
    return (await fixture.machine.link.exec(command)).stdout.trim()
  }
  const leftovers = () => inMachine('pgrep -f "[d]ocker-compose|[d]ocker-buildx"; ls /run/berth/compose')

  it('opens a folder, and reports what compose says about its files', async () => {
    await write('services:\n  web:\n    imagee: x\n')
    expect(await compose.open(folder, signal)).toEqual({ name: 'shop' })
    const checks = compose.check('shop', signal)
    const { value: broken } = await checks.next()
    expect(broken?.error?.code).toBe('compose.invalid')
    expect(broken?.error?.detail).toContain("'imagee' not allowed")
    const next = checks.next()
    await write(`services:
  web:
    image: ${busybox}
    command: ${sleep}
    ports: ['127.0.0.1:47613:80']
    volumes: ['./data:/data', '/etc/localtime:/etc/localtime:ro', 'kept:/kept']
    environment: { PRICE: '$$5 $\{WHO:-nobody}' }
    depends_on: { db: { condition: service_healthy } }
    develop: { watch: [{ path: ./src, action: sync, target: /src }] }
  db:
    image: ${busybox}
    command: ${sleep}
    healthcheck: { test: 'true', interval: 60s, start_period: 60s, start_interval: 1s }
  debug:
    image: ${busybox}
    command: ${sleep}
    profiles: [dev]
volumes: { kept: {} }
`)
    expect((await next).value).toMatchObject({
      error: null,
      services: [
        { name: 'db', active: true },
        { name: 'debug', active: false, profiles: ['dev'] },
        { name: 'web', dependsOn: [{ service: 'db', condition: 'service_healthy' }] },
      ],
    })
    await checks.return()
  }, 60_000)

  it('refuses a taken port and a folder that is not shared before it creates anything', async () => {
    blocker = createServer()
    blocker.listen(47_613, '127.0.0.1')
    await once(blocker, 'listening')
    expect(await run(up)).toMatchObject({ state: 'failed', error: { code: 'port.taken' } })
    blocker.close()
    await once(blocker, 'close')
    const other = join(folder, 'other.yaml')
    await writeFile(other, `services: { web: { volumes: ['/etc/berth-secret:/secret'] } }\n`)
    const files = [join(folder, 'compose.yaml'), other]
    await compose.configure('shop', { files, envFiles: [], profiles: [] })
    expect(await run(up)).toMatchObject({ state: 'failed', error: { code: 'mounts.not-shared' } })
    expect(containers()).toEqual([])
  }, 60_000)

  it('starts the services in their order, with an open port and the files of this computer', async () => {
    await writeFile(join(folder, 'who.env'), 'WHO=somebody\n')
    await compose.configure('shop', { files: [], envFiles: [join(folder, 'who.env')], profiles: [] })
    const { id, state, error, output } = await run(up)
    expect({ state, error }).toEqual({ state: 'succeeded', error: null })
    const timeline = timelines.find(id)?.timeline
    expect(timeline).toMatchObject({ kind: 'compose', name: 'shop', state: 'done' })
    const steps = timeline?.steps.map(({ name, label }) => `${name} ${label}`.trim())
    const started = ['start shop-db-1', 'healthy shop-db-1', 'start shop-web-1']
    expect(steps?.filter((step) => started.includes(step))).toEqual(started)
    expect(steps).toEqual(
      expect.arrayContaining(['prepare', 'makeNetwork shop_default', 'create shop-web-1']),
    )
    expect(timeline?.steps.filter(({ endedAt, failed }) => endedAt === null || failed)).toEqual([])
    // Each container has a timeline of its own.
    await eventually(() => timelines.list().find(({ name }) => name === 'shop-web-1')?.origin).toBe('engine')
    expect(output).toContain('Container shop-db-1  Healthy')
    await eventually(() =>
      containers()
        .map(({ name, state }) => `${name} ${state}`)
        .sort(),
    ).toEqual(['shop-db-1 running', 'shop-web-1 running'])
    await eventually(() => fixture.ports.forwards.map(({ state }) => state)).toEqual(['open'])
    const [web] = containers('web')
    expect(web?.mounts.find(({ destination }) => destination === '/data')?.source).toBe(`${folder}/data`)
    expect(
      await inMachine(
        `docker exec shop-web-1 sh -c 'echo $PRICE; echo hello >/data/file; tail -1 /etc/localtime'`,
      ),
    ).toBe(['$5 somebody', (await readFile('/etc/localtime', 'latin1')).trim().split('\n').at(-1)].join('\n'))
    expect(await readFile(join(folder, 'data', 'file'), 'utf8')).toBe('hello\n')
    expect(compose.projects.get('shop')).toMatchObject({ folder, opened: true, problem: null })
  }, 60_000)

  it('chooses from a range without the ports of other programs, and refuses a range without a free port', async () => {
    const ranged = (ports: string) =>
      writeFile(
        join(folder, 'ranged.yaml'),
        `services: { ranged: { image: ${busybox}, command: ${JSON.stringify(sleep)}, ports: ['${ports}:80'] } }\n`,
      )
    blocker = createServer()
    blocker.listen(47_620, '127.0.0.1')
    await once(blocker, 'listening')
    await ranged('127.0.0.1:47620-47622')
    await compose.configure('shop', { files: [join(folder, 'ranged.yaml')], envFiles: [], profiles: [] })
    const upRanged: ComposeAction = { ...up, removeOrphans: false }
    expect(await run(upRanged)).toMatchObject({ state: 'succeeded' })
    await eventually(() => containers('ranged').flatMap(({ ports }) => ports.length)).toEqual([1])
    expect([47_621, 47_622]).toContain(containers('ranged')[0]?.ports[0]?.hostPort)
    await eventually(() => fixture.ports.forwards.map(({ state }) => state)).toEqual(['open', 'open'])
    const [{ id } = { id: '' }] = containers('ranged')
    expect(await run(upRanged)).toMatchObject({ state: 'succeeded' })
    expect(containers('ranged')[0]?.id).toBe(id)
    await inMachine(`docker rm -f ${id}`)
    const second = createServer()
    second.listen(47_621, '127.0.0.1')
    await once(second, 'listening')
    await ranged('127.0.0.1:47620-47621')
    expect(await run(upRanged)).toMatchObject({ state: 'failed', error: { code: 'port.range-taken' } })
    for (const server of [second, blocker]) {
      server.close()
      await once(server, 'close')
    }
    await compose.configure('shop', { files: [], envFiles: [join(folder, 'who.env')], profiles: [] })
  }, 60_000)

  it('scales a service', async () => {
    expect(await run({ action: 'scale', service: 'db', replicas: 2 })).toMatchObject({ state: 'succeeded' })
    await eventually(() => containers('db').length).toBe(2)
  }, 60_000)

  it('follows changes of files until the user cancels, and leaves no process', async () => {
    const id = await compose.run('shop', { action: 'watch', services: ['web'] })
    const output = async () => (await tasks.readLog(id, 0, 60_000)).text
    await eventually(output).toContain('Watch enabled')
    await writeFile(join(folder, 'src', 'changed'), 'new')
    await eventually(() => inMachine('docker exec shop-web-1 cat /src/changed')).toBe('new')
    await tasks.cancel(id)
    expect(tasks.get(id).state).toBe('cancelled')
    await eventually(leftovers).toBe('')
  }, 60_000)

  it('leaves no process of a build that the user cancels, and does one action at a time', async () => {
    await writeFile(join(folder, 'Dockerfile'), `FROM ${busybox}\nRUN echo begun; sleep 1000\n`)
    await writeFile(join(folder, 'build.yaml'), 'services: { made: { build: . } }\n')
    await compose.configure('shop', { files: [join(folder, 'build.yaml')], envFiles: [], profiles: [] })
    const id = await compose.run('shop', { action: 'build', services: [] })
    await expect(compose.run('shop', up)).rejects.toThrow(new BerthError('compose.busy', { name: 'shop' }))
    await eventually(async () => (await tasks.readLog(id, 0, 60_000)).text).toContain('begun')
    await tasks.cancel(id)
    expect(tasks.get(id).state).toBe('cancelled')
    await eventually(leftovers).toBe('')
    await eventually(() => inMachine('pgrep -fx "sleep 1000"')).toBe('')
  }, 60_000)

  it('stops, starts and takes down a project without its files', async () => {
    await rm(join(folder, 'build.yaml'))
    expect(await run({ action: 'stop', services: ['web'] })).toMatchObject({ state: 'succeeded' })
    await eventually(() => containers('web').map(({ state }) => state)).toEqual(['exited'])
    expect(compose.projects.get('shop').problem?.code).toBe('compose.file-missing')
    await expect(compose.run('shop', up)).rejects.toMatchObject({ code: 'compose.file-missing' })
    expect(await run({ action: 'start', services: [] })).toMatchObject({ state: 'succeeded' })
    await eventually(() => fixture.ports.forwards.map(({ state }) => state)).toEqual(['open'])
    expect(await run({ action: 'down', volumes: true, images: false })).toMatchObject({ state: 'succeeded' })
    await eventually(() => containers()).toEqual([])
    await eventually(() => fixture.state.volumes.has('shop_kept')).toBe(false)
    await compose.forget('shop')
    expect(compose.projects.all).toEqual([])
  }, 60_000)

  it.runIf(hasDockerCli)(
    'pulls the images of a project, and removes them with it',
    async () => {
      const registry = await Registry.start()
      const image = `${registry.name}/pulled:1`
      await fixture.docker.run('tag', busybox, image)
      await fixture.docker.run('push', '--quiet', image)
      await fixture.docker.run('rmi', image)
      await write(`services: { web: { image: '${image}', command: ${JSON.stringify(sleep)} } }\n`)
      await compose.open(folder, signal)
      const hasImage = () => [...fixture.state.images.values()].some(({ tags }) => tags.includes(image))
      expect(await run({ action: 'pull', services: [] })).toMatchObject({ state: 'succeeded' })
      await eventually(hasImage).toBe(true)
      expect(containers()).toEqual([])
      expect(await run(up)).toMatchObject({ state: 'succeeded' })
      expect(await run({ action: 'down', volumes: false, images: true })).toMatchObject({
        state: 'succeeded',
      })
      await eventually(() => [containers().length, hasImage()]).toEqual([0, false])
      expect([...fixture.state.images.values()].some(({ tags }) => tags.includes(busybox))).toBe(true)
      await registry.stop()
      expect(await run({ action: 'pull', services: [] })).toMatchObject({
        state: 'failed',
        error: { code: 'compose.failed' },
      })
      await eventually(leftovers).toBe('')
      await compose.forget('shop')
    },
    60_000,
  )

  it('reports a change of a file that the project includes', async () => {
    await mkdir(join(folder, 'db'), { recursive: true })
    const included = join(folder, 'db', 'compose.yaml')
    await writeFile(included, `services: { db: { image: ${busybox} } }\n`)
    await write(`include: [db/compose.yaml]\nservices: { web: { image: ${busybox} } }\n`)
    await compose.open(folder, signal)
    expect(compose.projects.get('shop').includes).toEqual([included])
    const checks = compose.check('shop', signal)
    const names = async () => (await checks.next()).value?.services?.map(({ name }) => name)
    expect(await names()).toEqual(['db', 'web'])
    const next = names()
    await writeFile(included, `services: { cache: { image: ${busybox} } }\n`)
    expect(await next).toEqual(['cache', 'web'])
    await checks.return()
    await compose.forget('shop')
  }, 60_000)
})
