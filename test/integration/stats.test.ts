import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ContainerStats } from '../../src/main/stats/container-stats'
import { EngineMeter } from '../../src/main/stats/engine-meter'
import type { Sample } from '../../src/main/stats/meter'
import type { ProcessList, StatsPoint } from '../../src/shared/stats'
import { silentLog } from '../support/fake-services'
import { EngineFixture, eventually } from '../support/engine-fixture'

const mebibyte = 2 ** 20

describe('the statistics of containers', () => {
  let fixture: EngineFixture
  let stats: ContainerStats
  let openWindow: AbortController
  const ids: Record<'busy' | 'quiet' | 'host', string> = { busy: '', quiet: '', host: '' }
  const points = new Map<string, StatsPoint[]>()

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const { machine, state, engine } = fixture
    stats = new ContainerStats({ link: machine.link, state, engine, log: silentLog })
    openWindow = new AbortController()
    const { docker } = fixture
    const run = (...args: string[]) => docker.run('run', '-d', ...args)
    // The busy container computes, writes to the disk, holds 30 MiB in a tmpfs, and sends packets.
    const busy =
      'dd if=/dev/zero of=/mem/held bs=1M count=30; ping -i 0.2 172.17.0.1 & ' +
      'while :; do dd if=/dev/zero of=/written bs=1M count=4 conv=fsync; done'
    ids.busy = await run('--memory=200m', '--cpus=0.5', '--tmpfs=/mem', 'busybox', 'sh', '-c', busy)
    ids.quiet = await run('busybox', 'sleep', '1000')
    ids.host = await run('--net=host', 'busybox', 'sleep', '1000')
  })
  afterAll(async () => {
    stats.close()
    await fixture.close()
  })

  test('show processor time, memory, network, disk, processes and limits of every container', async () => {
    const unsubscribe = stats.watch().subscribe((event) => {
      if (event.type !== 'points') return
      for (const point of event.points) points.set(point.id, [...(points.get(point.id) ?? []), point])
    })
    const seen = (id: string, condition: (point: StatsPoint) => boolean) =>
      (points.get(id) ?? []).some(condition)
    await eventually(() => seen(ids.busy, ({ cpu }) => cpu > 0.05)).toBe(true)
    await eventually(() => seen(ids.busy, ({ written }) => written > mebibyte)).toBe(true)
    await eventually(() => seen(ids.busy, ({ sent }) => (sent ?? 0) > 0)).toBe(true)
    await eventually(() => points.has(ids.host)).toBe(true)
    const busy = points.get(ids.busy)?.at(-1)
    expect(busy?.limits).toEqual({ cpu: 0.5, memory: 200 * mebibyte })
    expect(busy?.memory).toBeGreaterThan(30 * mebibyte)
    expect(busy?.memory).toBeLessThan(200 * mebibyte)
    expect(busy?.pids).toBeGreaterThan(2)
    const quiet = points.get(ids.quiet)?.at(-1)
    expect(quiet?.cpu).toBeCloseTo(0, 1)
    expect(quiet).toMatchObject({ pids: 1, limits: { cpu: null, memory: null } })
    // A container in the machine's network has no network of its own.
    expect(points.get(ids.host)?.at(-1)).toMatchObject({ received: null, sent: null })
    unsubscribe()
  })

  test('agree with docker stats', async () => {
    const stdout = await fixture.docker.run('stats', '--no-stream', '--format', '{{json .}}', ids.quiet)
    const { MemUsage: usage } = JSON.parse(stdout) as { MemUsage: string }
    const [, value, unit] = /^([\d.]+)(KiB|MiB)/.exec(usage) ?? []
    const bytes = Number(value) * (unit === 'MiB' ? mebibyte : 1024)
    expect(points.get(ids.quiet)?.at(-1)?.memory).toBeCloseTo(bytes, -6)
  })

  test('come from the engine for a guest image that cannot measure', async () => {
    const samples: Sample[] = []
    const meter = new EngineMeter(fixture.engine, {
      onSample: (sample) => samples.push(sample),
      onEnd: () => samples.push({ clock: 0, uptime: 0, readings: [] }),
    })
    const containers = new Map([ids.busy, ids.host].map((id) => [id, 1]))
    meter.apply({ containers, processesOf: new Set(), interval: 0 })
    await eventually(() => samples.length).toBeGreaterThan(1)
    meter.close()
    const of = (id: string, at: number) => samples[at]?.readings.find((reading) => reading.id === id)
    expect(of(ids.busy, 1)?.cpu).toBeGreaterThan(of(ids.busy, 0)?.cpu ?? Infinity)
    expect(of(ids.busy, 1)?.memory).toBeGreaterThan(30 * mebibyte)
    expect(of(ids.busy, 1)?.sent).toBeGreaterThan(0)
    expect(of(ids.host, 1)).toMatchObject({ received: null, sent: null })
  })

  test('are kept while a window is open, and follow a restart', async () => {
    stats.windowOpened(openWindow.signal)
    await fixture.docker.run('restart', '-t', '0', ids.quiet)
    const restarted = Date.now()
    const history = () => {
      const event = stats.watch(ids.quiet).snapshot()
      return event.type === 'history' ? (event.containers[0]?.series.time ?? []) : []
    }
    await eventually(() => history().filter((time) => time > restarted).length).toBeGreaterThan(0)
    expect(history().some((time) => time < restarted)).toBe(true)
  })

  test('list the processes of a container, and end one of them', async () => {
    const lists: ProcessList[] = []
    const unsubscribe = stats.watchProcesses(ids.busy).subscribe((list) => lists.push(list))
    const find = (command: string) =>
      lists.at(-1)?.processes.find((process) => process.command.startsWith(command))
    await eventually(() => find('ping')).toBeDefined()
    const shell = find('sh -c')
    const ping = find('ping')
    expect(shell).toMatchObject({ inner: 1, user: 0 })
    expect(shell?.startedAt).toBeGreaterThan(Date.now() - 600_000)
    expect(ping?.parent).toBe(shell?.pid)
    if (ping === undefined) throw new Error('no ping')
    const { pid, start } = ping
    // Neither a process of another container, nor an earlier process with the same id.
    for (const wrong of [
      { id: ids.quiet, pid, start },
      { id: ids.busy, pid, start: start + 1 },
    ])
      await expect(stats.signal(wrong, 'KILL')).rejects.toMatchObject({ code: 'container.process-gone' })
    await stats.signal({ id: ids.busy, pid, start }, 'TERM')
    await eventually(() => find('ping')).toBeUndefined()
    unsubscribe()
  })

  test('end when the last window closes: the program in the machine ends', async () => {
    const programs = async () =>
      (await fixture.machine.link.exec('pgrep -c container-stats || true')).stdout.trim()
    expect(await programs()).toBe('1')
    openWindow.abort()
    await eventually(programs).toBe('0')
  })

  test('the details of a container name its health, limits, networks and mounts', async () => {
    const { docker, engine } = fixture
    const health = [
      '--health-cmd',
      'echo not ready; exit 3',
      '--health-interval',
      '1s',
      '--health-retries',
      '1',
    ]
    const options = ['--restart=on-failure:3', '--memory=64m', '-e', 'TOKEN=a=b', '-v', '/srv/shared:/in:ro']
    const id = await docker.run('run', '-d', ...health, ...options, 'busybox', 'sleep', '1000')
    const details = () => engine.containers.details(id, (source) => source.replace('/srv', '/host'))
    await eventually(async () => (await details()).health?.probes[0]?.exitCode).toBe(3)
    expect(await details()).toMatchObject({
      outOfMemory: false,
      command: ['sleep', '1000'],
      restartPolicy: { name: 'on-failure', retries: 3 },
      limits: { cpu: null, memory: 64 * mebibyte, pids: null },
      health: { command: ['echo not ready; exit 3'], intervalMs: 1000 },
      networks: [{ name: 'bridge' }],
      mounts: [{ destination: '/in', source: '/srv/shared', hostPath: '/host/shared', readOnly: true }],
    })
    const { environment, networks, health: check } = await details()
    expect(environment).toContainEqual({ name: 'TOKEN', value: 'a=b' })
    expect(networks[0]?.addresses.join()).toMatch(/^172\.17\.0\.\d+\/16$/)
    expect(check?.probes[0]?.output).toContain('not ready')
  })

  test('the details of a container that ran out of memory say so', async () => {
    const { docker, engine } = fixture
    const eat = 'dd if=/dev/zero of=/mem/a bs=1M count=40'
    const id = await docker.run(
      ...['create', '--memory=20m', '--memory-swap=20m', '--tmpfs=/mem', 'busybox', 'sh', '-c', eat],
    )
    await docker.run('start', id)
    await docker.run('wait', id)
    expect((await engine.containers.details(id, () => undefined)).outOfMemory).toBe(true)
  })
})
