import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  ContainerActions,
  ContainerChanges,
  ReplacementJournal,
  Replacements,
} from '../../src/main/containers'
import { EventLog } from '../../src/main/engine/event-log'
import { LayerFolders } from '../../src/main/files'
import { Hints } from '../../src/main/hints'
import { createLog } from '../../src/main/host/log'
import { ContainerStats } from '../../src/main/stats'
import { Tasks } from '../../src/main/tasks'
import type { FindingOf, HintList, HintRule } from '../../src/shared/hints'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { homePaths } from '../support/new-machine'

describe('the hints about real containers', { timeout: 180_000 }, () => {
  let fixture: EngineFixture
  let hints: Hints
  let leave: (() => void) | undefined
  let list: HintList | undefined
  let paths: ReturnType<typeof homePaths>
  let events: EventLog
  const run = (...args: string[]) => fixture.docker.run('run', '-d', ...args)
  const finding = (container: string, rule: HintRule) =>
    list?.hints.find((hint) => hint.container === container && hint.finding.rule === rule)
  const rules = (container: string) =>
    list?.hints.filter((hint) => hint.container === container).map((hint) => hint.finding.rule)

  function open(): Hints {
    const { machine, engine, state, ports } = fixture
    const log = createLog(paths.logs)
    const { link } = machine
    const stats = new ContainerStats({ link, state, engine, log })
    const lanPorts = { set: () => Promise.resolve() }
    const uses = () => stats.watch()
    return new Hints({ paths, log, link, engine, state, events, ports, lanPorts, uses })
  }
  function watch(id?: string): void {
    leave?.()
    leave = hints.watch(id).subscribe((now) => (list = now))
  }

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    paths = homePaths(await mkdtemp(join(inject('runFolder'), 'hints-')), {})
    events = new EventLog({ state: fixture.state })
    hints = open()
  })
  // Closes the fixture also after a failure. Otherwise, the next files of the run fail too.
  afterAll(async () => {
    try {
      leave?.()
      await hints.close()
    } finally {
      await fixture.close()
    }
  })

  test('appear by events, with the measured figures', async () => {
    watch()
    const lanPort = { hostIp: '0.0.0.0', hostPort: 18_431, containerPort: 80, protocol: 'tcp' as const }
    await Promise.all([
      run('--name=loop', '--restart=always', 'busybox', 'sh', '-c', 'exit 3'),
      run(
        ...['--name=open', '--privileged', '--cap-add=NET_ADMIN', '--pid=host', '-m=1500m'],
        ...['-v', '/var/run/docker.sock:/run/engine.sock', 'busybox', 'sleep', '1000'],
      ),
      fixture.run({ name: 'lan', memory: 2 ** 30, ports: [lanPort] }),
    ])
    await eventually(() => rules('open')).toEqual([
      'docker-socket',
      'privileged',
      'host-namespaces',
      'memory-sum',
    ])
    expect(finding('open', 'docker-socket')?.finding).toMatchObject({ path: '/run/engine.sock' })
    expect(finding('open', 'privileged')?.finding).toMatchObject({ uses: ['CAP_NET_ADMIN'] })
    expect(finding('open', 'memory-sum')?.finding).toMatchObject({ containers: 2, limits: 2524 * 2 ** 20 })
    await eventually(() => rules('lan')).toEqual(['published'])
    await eventually(() => rules('loop')).toEqual(['restart-loop'])
    const loop = finding('loop', 'restart-loop')?.finding as FindingOf<'restart-loop'>
    expect(loop.ends.map(({ code }) => code)).toEqual([3, 3, 3])
    await hints.mend(finding('loop', 'restart-loop')?.id ?? '', 'restart-loop')
    expect(rules('loop')).toEqual([])
    const format = '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}'
    expect(await fixture.docker.run('inspect', '-f', format, 'loop')).toBe('exited always')
    // A change through the docker CLI, which needs no new container.
    await fixture.docker.run('update', '--memory=600m', '--memory-swap=600m', 'open')
    await eventually(() => rules('open')).toEqual(['docker-socket', 'privileged', 'host-namespaces'])
    await fixture.docker.run('rm', '-f', 'loop', 'open', 'lan')
    await eventually(() => list?.hints).toEqual([])
  })

  test('measure the layer and the log of the container that somebody looks at', async () => {
    const script = 'mkdir -p /srv/db; dd if=/dev/zero of=/srv/db/a bs=1M count=60'
    await fixture.docker.run('run', '--name=data', 'busybox', 'sh', '-c', script)
    const inspected = await fixture.docker.run('inspect', '-f', '{{.Id}} {{.LogPath}}', 'data')
    const [id = '', path = ''] = inspected.split(' ')
    // The size of the file counts. A real log of this size would take minutes to write.
    await fixture.machine.link.exec(`truncate -s 150000000 ${path}`)
    watch(id)
    await eventually(() => rules('data')).toEqual(['layer-data', 'log'])
    const data = finding('data', 'layer-data')?.finding as FindingOf<'layer-data'>
    expect(data.folder).toBe('/srv/db')
    expect(data.inFolder).toBeGreaterThan(60_000_000)
    expect(finding('data', 'log')?.finding).toMatchObject({ size: 150_000_000 })
    await fixture.docker.run('rm', 'data')
  })

  /** The changes of containers, as in the app. */
  async function openChanges(): Promise<{ changes: ContainerChanges; tasks: Tasks }> {
    const { engine, state, ports, mounts, docker, machine } = fixture
    await mkdir(paths.machine, { recursive: true })
    const tasks = await Tasks.open({ folder: join(paths.machine, 'tasks'), log: silentLog })
    const dockerCli = { configFolder: docker.folder, dockerHost: 'unix:///nowhere/docker.sock' }
    const actions = new ContainerActions({ engine, state, ports, mounts, dockerCli })
    const journal = new ReplacementJournal({ paths, log: silentLog })
    const renamed = () => Promise.resolve()
    const common = { engine, state, ports, mounts, actions, journal, renamed, log: silentLog }
    const changes = new ContainerChanges({
      ...common,
      replacements: new Replacements({ ...common, settleMs: 1500 }),
      layerFolders: new LayerFolders({ link: machine.link, engine }),
      loginFor: () => Promise.resolve({}),
      tasks,
    })
    return { changes, tasks }
  }

  test('data of a layer move to a volume, and a failure leaves them where they are', async () => {
    const { changes, tasks } = await openChanges()
    // Writes at its first start. Ends on a volume as long as the file `fail` exists.
    const script = `
      if [ ! -e /srv/db/a ]; then
        mkdir -p /srv/db/deep; cd /srv/db
        dd if=/dev/zero of=a bs=1M count=60; chown 1234:5678 a; chmod 640 a; ln a deep/b
        truncate -s 500M hole; ln -s /etc out; touch fail; chown 1234 .; chmod 2750 .
      fi
      if [ -e /srv/db/fail ] && grep -q ' /srv/db ' /proc/mounts; then exit 7; fi
      touch /tmp/ready; trap 'exit 0' TERM; sleep 100000 & wait`
    await run('--name=heavy', '--restart=always', 'busybox', 'sh', '-c', script)
    const heavy = (...command: string[]) => fixture.docker.run('exec', 'heavy', ...command)
    const list = () =>
      heavy('sh', '-c', "cd /srv/db; stat -c '%n %u:%g %a %h %s %b' . a deep/b hole; readlink out")
    await eventually(() => heavy('cat', '/tmp/ready').catch(() => 'not yet')).toBe('')
    const before = await list()
    const id = await fixture.docker.run('inspect', '-f', '{{.Id}}', 'heavy')
    watch(id)
    await eventually(() => rules('heavy')).toEqual(['layer-data'])
    await heavy('dd', 'if=/dev/zero', 'of=/root/other', 'bs=1M', 'count=20')
    const { bytes, free, elsewhere } = await changes.moveState(id, '/srv/db')
    expect(elsewhere).toBeGreaterThan(20_000_000)
    expect(elsewhere).toBeLessThan(25_000_000)
    expect(bytes).toBeGreaterThan(60_000_000)
    expect(bytes).toBeLessThan(70_000_000)
    expect(free).toBeGreaterThan(bytes)

    await expect(changes.move(id, '/srv/../usr', 'heavy-db')).rejects.toMatchObject({
      code: 'hint.system-folder',
    })
    const failed = await tasks.ended(await changes.move(id, '/srv/db', 'heavy-db'))
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'container.ended-early' } })
    const format = '{{.Id}} {{.State.Running}} {{.HostConfig.RestartPolicy.Name}} {{len .Mounts}}'
    expect(await fixture.docker.run('inspect', '-f', format, 'heavy')).toBe(`${id} true always 0`)
    expect(await list()).toBe(before)
    expect(await fixture.engine.volumes.find('heavy-db')).toBeUndefined()

    await heavy('rm', '/srv/db/fail')
    const kept = await list()
    const moved = await tasks.ended(await changes.move(id, '/srv/db', 'heavy-db'))
    expect(moved).toMatchObject({ state: 'succeeded', error: null })
    expect(await heavy('grep', '-c', ' /srv/db ', '/proc/mounts')).toBe('1')
    expect(await list()).toBe(kept)
    expect(await fixture.docker.run('ps', '-a', '--format', '{{.Names}}', '--filter', 'name=heavy')).toBe(
      'heavy',
    )
    watch(await fixture.docker.run('inspect', '-f', '{{.Id}}', 'heavy'))
    await eventually(() => rules('heavy')).toEqual([])
    await expect(changes.move('heavy', '/srv/db', 'heavy-db')).rejects.toMatchObject({
      code: 'volume.name-taken',
    })
    await fixture.docker.run('rm', '-fv', 'heavy')
    await tasks.closeAll()
  })

  test('a container that a restart of the engine has stopped gets a policy, and its hint goes', async () => {
    const [{ id }, { id: asked }] = await Promise.all([
      fixture.run({ name: 'steady' }),
      fixture.run({ name: 'asked' }),
    ])
    await eventually(() => fixture.state.containers.get(asked)?.state).toBe('running')
    await fixture.docker.run('stop', '-t', '0', 'asked')
    await eventually(() => fixture.state.containers.get(asked)?.state).toBe('exited')
    watch()
    await fixture.machine.link.exec('kill $(pgrep -x dockerd)')
    await eventually(() => rules('steady')).toEqual(['restart-policy'])
    expect(rules('asked')).toEqual([])
    await hints.mend(id, 'restart-policy')
    expect(await fixture.docker.run('inspect', '-f', '{{.HostConfig.RestartPolicy.Name}}', 'steady')).toBe(
      'unless-stopped',
    )
    expect(rules('steady')).toEqual([])
    await expect(hints.mend(id, 'restart-policy')).rejects.toMatchObject({ code: 'hint.gone' })
  })

  test('a dismissed hint stays dismissed when Berth is opened again', async () => {
    await run('--name=rooted', '--privileged', 'busybox', 'sleep', '1000')
    await eventually(() => rules('rooted')).toEqual(['privileged'])
    await hints.dismiss({ container: 'rooted', rule: 'privileged' }, true)
    await eventually(() => finding('rooted', 'privileged')?.dismissed).toBe(true)
    leave?.()
    await hints.close()
    hints = open()
    watch()
    await eventually(() => finding('rooted', 'privileged')?.dismissed).toBe(true)
  })
})
