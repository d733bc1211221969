import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Builds } from '../../src/main/builds/builds'
import { EventLog } from '../../src/main/engine/event-log'
import { Isolation } from '../../src/main/isolation/isolation'
import { Learn } from '../../src/main/learn/learn'
import { Tasks } from '../../src/main/tasks'
import type { LessonId } from '../../src/shared/learn'
import { addCliPlugins } from '../support/cli-plugins'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { newHostFolders } from '../support/host-folders'

describe.runIf(hasDockerCli)('Learn', () => {
  let fixture: EngineFixture
  let learn: Learn
  let tasks: Tasks
  let home: string
  let root: string
  let folder: string

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    home = await mkdtemp(join(tmpdir(), 'berth-home-'))
    root = await mkdtemp(join(tmpdir(), 'berth-learn-'))
    folder = join(root, 'example')
    tasks = await Tasks.open({ folder: join(home, 'tasks'), log: silentLog })
    await addCliPlugins(fixture.docker.folder)
    const { engine, state, ports, mounts } = fixture
    const { link } = fixture.machine
    const logins = { forImage: () => Promise.resolve({}) }
    const factsFolder = join(home, 'facts')
    const hostFolders = newHostFolders()
    const builds = new Builds({
      ...{ link, mounts, hostFolders, logins, state, tasks, factsFolder },
      log: silentLog,
    })
    learn = new Learn({
      ...{ home, log: silentLog, platform: 'linux' },
      ...{ link, engine, state, ports, builds, events: new EventLog({ state }) },
      isolation: new Isolation({ link, engine, state }),
      share: async (path) => {
        const mounted = once(mounts, 'mounted')
        await mounts.setFolders([{ path, writable: true }])
        await mounted
      },
    })
  }, 120_000)
  afterAll(async () => {
    await tasks.closeAll()
    await fixture.mounts.setFolders([])
    await fixture.close()
    for (const one of [home, root]) await rm(one, { recursive: true })
  })

  /** What the open lesson's checks have observed so far. */
  const seen = () =>
    Object.fromEntries(
      (learn.current.lesson?.checks ?? []).flatMap(({ id, observed }) =>
        observed === null ? [] : [[id, observed]],
      ),
    )

  /** Types the commands of the lesson into a shell, as a user does. `change` adapts a command to the test. */
  async function perform(id: LessonId, change: (command: string) => string = String): Promise<void> {
    await learn.open(id)
    for (const command of learn.current.lesson?.commands ?? []) {
      if (/^(?:cd|exit|docker stats)\b/.test(command)) continue
      await execa('sh', ['-c', change(command)], {
        cwd: folder,
        // A shell without input ends immediately.
        stdin: 'ignore',
        // Some commands fail, because that is the lesson.
        reject: false,
        env: {
          DOCKER_HOST: `unix://${join(fixture.docker.folder, 'docker.sock')}`,
          DOCKER_CONFIG: fixture.docker.folder,
        },
      })
    }
  }
  const done = (id: LessonId) =>
    eventually(() =>
      learn.current.results.some((result) => result.id === id && result.state === 'done'),
    ).toBe(true)

  it('writes the example into a folder that containers can use', async () => {
    expect(await learn.useFolder(folder)).toEqual({ folder })
    const shared = fixture.mounts.state.folders[0]?.guestPath ?? ''
    const { stdout } = await fixture.machine.link.exec(`wc -c ${shared}/server.js`)
    expect(stdout.trim()).toMatch(/^\d+ .*\/server\.js$/)
  }, 60_000)

  it('sees the first container, and keeps the commands with what was observed', async () => {
    await perform('hello')
    await done('hello')
    expect(learn.current.results).toMatchObject([
      {
        commands: ['docker run berth/learn-hello'],
        checks: [
          { id: 'image', observed: { image: 'berth/learn-hello:latest' } },
          { id: 'created' },
          { id: 'ended', observed: { code: 0 } },
        ],
      },
    ])
  }, 120_000)

  it('shows what the first image of the user has printed', async () => {
    await perform('build')
    await done('build')
    expect(seen().ran?.text).toMatch(/^v0\.0\.0-learn/)
  }, 120_000)

  it('sees the grace period, and its end by SIGKILL', async () => {
    await perform('stop', (command) => command.replace('stop learn-stubborn', 'stop -t 2 learn-stubborn'))
    await done('stop')
    expect(seen()).toMatchObject({ graceful: { code: 0 }, killed: { code: 137 }, forced: { code: 137 } })
    expect(Number(seen().graceful?.seconds)).toBeGreaterThanOrEqual(3)
    expect(Number(seen().forced?.seconds)).toBeGreaterThanOrEqual(2)
  }, 120_000)

  it('explains why a build of the old builder brings no tick', async () => {
    await perform('copy', (command) => (command.includes('3-copy') ? `DOCKER_BUILDKIT=0 ${command}` : 'true'))
    await eventually(() => learn.current.lesson?.hint?.kind).toBe('old-builder')
    // The steps of the old builder are images that the engine does not list.
    const listed = (await fixture.engine.images.list()).map(({ id }) => id).sort()
    await eventually(() => [...fixture.state.images.keys()].sort()).toEqual(listed)
  }, 120_000)

  it('reads why a build without COPY failed, also one of the docker CLI', async () => {
    await perform('copy', (command) => (command.includes('no-copy') ? command : 'true'))
    await eventually(() => String(seen().failed?.error)).toContain("open '/package.json'")
    // The lesson asks for this failure.
    expect(learn.current.lesson?.hint).toBeNull()
  }, 120_000)

  it('sees the limits that the kernel enforces, and the namespaces', async () => {
    await perform('limits')
    await done('limits')
    expect(seen()).toMatchObject({ memory: { mebibytes: 32 }, killed: { code: 137 }, cpu: { cpus: 0.2 } })
    await perform('namespaces')
    await done('namespaces')
    expect(seen().different?.kinds).toMatch(/pid \d+, net \d+/)
  }, 120_000)

  it('gives a lesson that is done again no tick for the containers of before', async () => {
    await learn.again('namespaces')
    const { commands = [] } = learn.current.lesson ?? {}
    expect(commands[0]).toBe('docker rm -f -v learn-inside')
    expect(seen()).toEqual({})
    await perform('namespaces')
    await done('namespaces')
  }, 120_000)

  it('cleans up what the lessons made, and nothing else', async () => {
    await fixture.run({ name: 'mine' })
    await learn.cleanUp(learn.current.leftovers)
    await eventually(() => learn.current.leftovers).toEqual([])
    expect([...fixture.state.containers.values()].map(({ name }) => name)).toEqual(['mine'])
    expect([...fixture.state.images.values()].flatMap(({ tags }) => tags)).toEqual([busybox])
    expect(learn.current.results.map(({ id }) => id)).toEqual([
      'hello',
      'stop',
      'build',
      'limits',
      'namespaces',
    ])
  }, 120_000)
})
