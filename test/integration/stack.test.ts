import { mkdir, mkdtemp, readdir } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createLog } from '../../src/main/host/log'
import { processIdentity } from '../../src/main/host/process-identity'
import { Comparison } from '../../src/main/stack/comparison'
import { RequestPaths } from '../../src/main/stack/request-path'
import { Stack } from '../../src/main/stack/stack'
import { Tasks } from '../../src/main/tasks'
import type { PortBinding } from '../../src/shared/ports'
import type { HopKind, HopOf, StackFacts } from '../../src/shared/stack'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { temporaryPaths } from '../support/machine-fixture'

describe.runIf(hasDockerCli)('the stack', () => {
  let fixture: EngineFixture
  let tasks: Tasks

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const folder = await mkdtemp(join(inject('runFolder'), 'tasks-'))
    tasks = await Tasks.open({ folder, log: createLog(folder) })
  })
  afterEach(() => fixture.clear())
  afterAll(async () => {
    await tasks.closeAll()
    await fixture.close()
  })

  const exec = async (command: string) => (await fixture.machine.link.exec(command)).stdout.trim()

  /** Runs a container with the Docker CLI, and waits until its ports are open. */
  async function serve(name: string, ...options: string[]): Promise<string> {
    const id = await fixture.docker.run('run', '-d', '--name', name, ...options, busybox, 'httpd', '-f')
    await eventually(() => fixture.state.containers.get(id)?.pid ?? 0).toBeGreaterThan(0)
    return id
  }
  async function path(id: string, port: PortBinding | null) {
    const { machine, state, ports } = fixture
    const finder = new RequestPaths({ machine, link: machine.link, state, ports })
    const { hops } = await finder.find({ id, port }, AbortSignal.timeout(60_000))
    return <Kind extends HopKind>(kind: Kind) => {
      const hop = hops.find((each): each is HopOf<Kind> => each.kind === kind)
      if (hop === undefined) throw new Error(`no hop ${kind}`)
      return hop
    }
  }

  it('names the same facts as the Docker CLI, the kernel and QEMU', async () => {
    const { machine, engine, state } = fixture
    await serve('web')
    const stack = new Stack({
      folder: tmpdir(),
      log: createLog(await mkdtemp(join(inject('runFolder'), 'stack-'))),
      machine,
      link: machine.link,
      state,
      engine,
      pause: 1000,
    })
    let last: StackFacts | undefined
    const end = stack.watch().subscribe((facts) => {
      last = facts
    })
    try {
      // The second reading of the guest says how much of its processors is in use.
      await eventually(() => last?.guest?.cpu ?? null).not.toBeNull()
      await eventually(() => last?.engine ?? null).not.toBeNull()
      await eventually(() => last?.qemu?.cpu ?? null).not.toBeNull()
      const [version, info] = await Promise.all([
        fixture.docker.run('version', '--format', '{{json .Server}}'),
        fixture.docker.run('info', '--format', '{{json .}}'),
      ])
      const { Components } = JSON.parse(version) as { Components: { Name: string; Version: string }[] }
      const { Driver, CgroupDriver, CgroupVersion } = JSON.parse(info) as Record<string, string>
      expect(last?.engine?.components.map(({ name, version: shown }) => [name, shown])).toEqual(
        Components.map((component) => [component.Name, component.Version]),
      )
      expect(last?.engine).toMatchObject({ storageDriver: Driver, cgroupDriver: CgroupDriver })
      const guest = last?.guest
      expect(String(guest?.cgroup.version)).toBe(CgroupVersion)
      expect(guest?.kernel).toBe(await exec('uname -r'))
      expect(guest?.dockerd?.pid).toBe(Number(await exec('pidof dockerd')))
      expect(guest?.containerd?.pid).toBe(Number(await exec('pidof containerd')))
      expect(guest?.shims).toBe(1)
      expect(guest?.cgroup.groups).toEqual(expect.arrayContaining(['docker', 'engine']))
      expect(guest?.namespaces).toEqual(
        expect.arrayContaining(['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts']),
      )
      const uptime = Number((await exec('cat /proc/uptime')).split(' ')[0])
      expect(Math.abs(uptime - (guest?.uptime ?? 0))).toBeLessThan(30)
      expect(guest?.disk?.total).toBe(Number(await exec("stat -f -c '%b' /var/lib/berth")) * 4096)

      const qemu = last?.qemu
      const identity = await processIdentity(qemu?.pid ?? 0)
      expect(identity?.command).toContain('qemu-system')
      expect(qemu).toMatchObject({ pid: machine.process?.pid, processors: 2, memory: 2 ** 31 })
      expect(qemu?.resident).toBeGreaterThan(100_000_000)
    } finally {
      end()
    }
    // The program in the machine ends with its watcher.
    await eventually(() => exec('pgrep -f "^sh -c cgroups=" || echo none')).toBe('none')
  })

  it('finds the path of a request to a published port, before and after the first request', async () => {
    const id = await serve('web', '-p', '127.0.0.1::80')
    await eventually(() => fixture.ports.forwards.length).toBe(1)
    const [forward] = fixture.ports.forwards
    if (forward === undefined) throw new Error('no forward')
    const before = await path(id, forward.binding)
    expect(before('carrier').facts).toMatchObject({ by: 'qemu', port: null })

    const { hostPort } = forward.binding
    const status = await new Promise((resolve, reject) => {
      get(`http://127.0.0.1:${String(hostPort)}/`, (response) => {
        void text(response).then(() => {
          resolve(response.statusCode)
        }, reject)
      }).on('error', reject)
    })
    expect(status).toBe(404)

    const hop = await path(id, forward.binding)
    const inspect = await fixture.docker.run(
      'inspect',
      '-f',
      '{{.State.Pid}} {{.NetworkSettings.Networks.bridge.IPAddress}} {{.NetworkSettings.Networks.bridge.MacAddress}} {{.NetworkSettings.Networks.bridge.Gateway}}',
      id,
    )
    const [pid = '', address = '', mac = '', gateway = ''] = inspect.split(' ')
    expect(hop('listener').facts).toMatchObject({
      port: hostPort,
      process: { pid: process.pid, isBerth: true },
    })
    expect(hop('carrier').facts).toMatchObject({ pid: fixture.machine.process?.pid, address: '127.0.0.1' })
    expect(hop('carrier').facts?.port).toBeGreaterThan(0)
    expect(hop('machine').facts).toEqual({ address: '127.0.0.1', port: hostPort })
    expect(hop('translation').facts).toMatchObject({ by: 'nat', address, port: 80 })
    expect(hop('bridge').facts).toMatchObject({ name: 'docker0', addresses: [gateway], network: 'bridge' })
    const veth = hop('veth').facts
    expect(veth?.container).toMatchObject({ name: 'eth0', mac })
    expect(await exec(`cat /sys/class/net/${veth?.machine.name ?? ''}/ifindex`)).toBe(
      String(veth?.machine.index),
    )
    expect(`net:[${hop('namespace').facts?.id ?? ''}]`).toBe(await exec(`readlink /proc/${pid}/ns/net`))
    expect(hop('process').facts).toMatchObject({ pid: Number(pid), inner: 1, command: 'httpd -f' })
    expect(hop('process').facts?.listens?.port).toBe(80)
  })

  it('finds the path to containers in the machine’s network, in another one’s, and without a listener', async () => {
    const host = await serve('host', '--network', 'host')
    await eventually(() => fixture.ports.forwards.find((each) => each.containerId === host)).toBeDefined()
    const found = fixture.ports.forwards.find((each) => each.containerId === host)
    const direct = await path(host, found?.binding ?? null)
    expect(direct('bridge').absent).toBe('host-network')
    expect(direct('namespace').facts).toMatchObject({ isMachines: true })
    expect(direct('process').facts).toMatchObject({ command: 'httpd -f' })
    await fixture.engine.containers.remove(host, { force: true, volumes: true })

    const idle = await fixture.run({
      name: 'idle',
      ports: [{ hostIp: '::1', hostPort: 0, containerPort: 8080, protocol: 'tcp' }],
    })
    await eventually(() => fixture.ports.forwards.length).toBe(1)
    const [ipv6] = fixture.ports.forwards
    const silent = await path(idle.id, ipv6?.binding ?? null)
    expect(silent('carrier').facts).toMatchObject({ by: 'ssh' })
    expect(silent('translation').facts).toMatchObject({ by: 'proxy', port: 8080 })
    expect(silent('process').absent).toBe('nobody-listens')
    const side = await fixture.docker.run(
      'run',
      '-d',
      '--network',
      'container:idle',
      busybox,
      'httpd',
      '-f',
      '-p',
      '8080',
    )
    await eventually(() => fixture.state.containers.get(side)?.pid ?? 0).toBeGreaterThan(0)
    const shared = await path(side, ipv6?.binding ?? null)
    expect(shared('namespace').facts).toMatchObject({ sharedWith: ['idle'] })
    expect(shared('process').facts).toMatchObject({ command: 'httpd -f -p 8080' })
  })

  it('measures a container against a VM, and leaves nothing behind', async () => {
    const { machine, engine, state } = fixture
    const paths = await temporaryPaths()
    await mkdir(paths.run, { recursive: true })
    const comparison = new Comparison({
      paths,
      log: createLog(paths.logs),
      platform: process.platform,
      machine,
      link: machine.link,
      state,
      engine,
      tasks,
    })
    const task = await tasks.ended(comparison.start())
    expect(task).toMatchObject({ kind: 'comparison', state: 'succeeded', error: null })
    const result = task.kind === 'comparison' ? task.result : null
    const kernel = await exec('uname -r')
    expect(result?.container).toMatchObject({ kernel })
    expect(result?.vm).toMatchObject({ kernel })
    expect(result?.vm.memory).toBeGreaterThan(result?.container.memory ?? Infinity)
    expect(result?.vm.processes).toBeGreaterThan(result?.container.processes ?? Infinity)
    expect(Math.min(...(result?.container.startMs ?? []))).toBeGreaterThan(0)

    const cancelled = comparison.start()
    await eventually(() => tasks.get(cancelled).progress?.done ?? 0).toBeGreaterThan(0)
    await tasks.cancel(cancelled)
    expect(tasks.get(cancelled).state).toBe('cancelled')
    expect(await engine.images.find('berth/comparison:latest')).toBeUndefined()
    expect(await engine.containers.list()).toEqual([])
    // The record of the VM is removed when its process has ended.
    expect(await readdir(paths.run)).toEqual([])
  })
})
