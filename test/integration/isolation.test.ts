import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Isolation } from '../../src/main/isolation'
import { capabilities, defaultCapabilities } from '../../src/shared/capabilities'
import { encodeFilePath, showFileName } from '../../src/shared/file-paths'
import type {
  ChangeableLimits,
  IsolationEvent,
  LayerChanges,
  NamespaceKind,
  OpenFiles,
  PathOrigin,
  Refusals,
} from '../../src/shared/isolation'
import { EngineFixture, eventually } from '../support/engine-fixture'

const mebibyte = 2 ** 20

/** The last event of each kind of a running watch. */
class Watching {
  readonly #leave = new AbortController()
  readonly #events = new Map<IsolationEvent['type'], IsolationEvent>()
  readonly ended: Promise<void>

  constructor(isolation: Isolation, id: string) {
    this.ended = this.#read(isolation.watch(id, this.#leave.signal))
  }

  async #read(events: AsyncIterable<IsolationEvent>): Promise<void> {
    for await (const event of events) this.#events.set(event.type, event)
  }

  get<Type extends IsolationEvent['type']>(type: Type) {
    const event = this.#events.get(type)
    return event?.type === type ? (event as Extract<IsolationEvent, { type: Type }>) : undefined
  }

  async close(): Promise<void> {
    this.#leave.abort()
    await this.ended
  }
}

describe('the isolation of a container', { timeout: 180_000 }, () => {
  let fixture: EngineFixture
  let isolation: Isolation
  let watching: Watching | undefined
  const ids = { web: '', peer: '', hosted: '', bare: '' }
  const run = (...args: string[]) => fixture.docker.run('run', '-d', ...args)
  const inWeb = (script: string) => fixture.docker.run('exec', ids.web, 'sh', '-c', script)

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    const { machine, engine, state, docker } = fixture
    isolation = new Isolation({ link: machine.link, engine, state })
    // An image with two layers. The upper one replaces a file, and deletes another one.
    const base =
      'echo two > /etc/two; echo newer > /etc/passwd; rm /etc/group; mkdir /again; echo old > /again/old'
    const made = await docker.run('create', 'busybox', 'sh', '-c', base)
    await docker.run('start', '-a', made)
    await docker.run('commit', made, 'layered')
    await docker.run('rm', made)
    const hostile = [
      'ln -s /proc/1/root /out-proc',
      'ln -s ../../../../../../var/lib/docker /out-dots',
      'ln -s loop /loop',
      'mkdir -p /tmp',
      // The name of this process has a parenthesis, a line break and markup.
      `printf '#!/bin/sh\\nsleep 1000\\n' > "/tmp/$(printf 'x) R 1\\n<b>')"`,
      'chmod +x /tmp/x*',
      '/tmp/x* & true',
    ].join('; ')
    const changes =
      'rm /etc/two; rm -r /again; mkdir /again; mkdir /made; echo own > /made/own; touch "/made/a b"'
    const options = ['--memory=64m', '--cpus=0.5', '--pids-limit=60', '-v', 'kept:/kept', '--tmpfs=/mem']
    ids.web = await run(
      ...['--name=web', ...options, 'layered', 'sh', '-c'],
      `${changes}; ${hostile}; nc -ll -p 8080 -e true & touch /ready; exec sleep 1000`,
    )
    ids.peer = await run(
      '--name=peer',
      '--pid=container:web',
      '--network=container:web',
      'busybox',
      'sleep',
      '1000',
    )
    ids.hosted = await run('--network=host', '--privileged', 'busybox', 'sleep', '1000')
    ids.bare = await run(
      ...['--user=1000', '--cap-drop=ALL', '--cap-add=NET_ADMIN', '--security-opt=no-new-privileges'],
      ...['busybox', 'sleep', '1000'],
    )
    watching = new Watching(isolation, ids.web)
  })
  // Closes the fixture also after a failure. Otherwise, the next files of the run fail too.
  afterAll(async () => {
    try {
      await watching?.close()
    } finally {
      await fixture.close()
    }
  })

  async function once<Type extends IsolationEvent['type']>(id: string, type: Type) {
    const short = new Watching(isolation, id)
    try {
      await eventually(() => short.get(type)).toBeDefined()
      return short.get(type)
    } finally {
      await short.close()
    }
  }

  test('namespaces have the kernel’s ids, and name who shares them', async () => {
    const find = (kind: NamespaceKind) =>
      watching?.get('namespaces')?.namespaces.find((namespace) => namespace.kind === kind)
    await eventually(() => find('net')?.containers).toEqual([ids.peer])
    expect(find('pid')?.containers).toEqual([ids.peer])
    expect(find('mnt')).toMatchObject({ machine: false, containers: [] })
    expect(find('user')).toMatchObject({ machine: true })
    for (const kind of ['pid', 'mnt', 'uts'] as const)
      expect(await inWeb(`readlink /proc/self/ns/${kind}`)).toBe(`${kind}:[${String(find(kind)?.id)}]`)
    const hosted = await once(ids.hosted, 'namespaces')
    expect(hosted?.namespaces.find(({ kind }) => kind === 'net')?.machine).toBe(true)
    expect(hosted?.namespaces.find(({ kind }) => kind === 'pid')?.machine).toBe(false)
  })

  test('a container that starts or stops later is shown as a sharer, or no longer', async () => {
    const later = await run('--network=container:web', 'busybox', 'sleep', '1000')
    const networkSharers = () =>
      watching?.get('namespaces')?.namespaces.find(({ kind }) => kind === 'net')?.containers ?? []
    await eventually(networkSharers).toContain(later)
    await fixture.docker.run('rm', '-f', later)
    await eventually(networkSharers).not.toContain(later)
  })

  test('the cgroup shows limits and use, and a change of the limits while it runs', async () => {
    const cgroup = () => watching?.get('cgroup')?.cgroup
    await eventually(() => cgroup()?.cpu.limit).toBe(0.5)
    expect(cgroup()).toMatchObject({ memory: { limit: 64 * mebibyte }, pids: { limit: 60 } })
    expect(cgroup()?.path).toContain(ids.web)
    expect(cgroup()?.memory.current).toBeGreaterThan(0)
    expect(cgroup()?.pids.current).toBeGreaterThan(1)
    const { limits } = await isolation.limits(ids.web)
    expect(limits).toEqual({
      ...{ cpus: 0.5, cpuShares: null, processors: '', memory: 64 * mebibyte, pids: 60 },
      restart: { policy: 'no', retries: 0 },
    })
    const changed: ChangeableLimits = {
      ...{ cpus: 0.25, cpuShares: 512, processors: '0', memory: 96 * mebibyte, pids: 70 },
      restart: { policy: 'on-failure', retries: 2 },
    }
    await isolation.setLimits(ids.web, changed)
    expect((await isolation.limits(ids.web)).limits).toEqual(changed)
    await eventually(() => cgroup()?.memory.limit).toBe(96 * mebibyte)
    expect(cgroup()).toMatchObject({
      cpu: { limit: 0.25, processors: '0', pinned: true },
      pids: { limit: 70 },
    })
    const none: ChangeableLimits = {
      ...{ cpus: null, cpuShares: null, processors: '', memory: null, pids: null },
      restart: { policy: 'no', retries: 0 },
    }
    await isolation.setLimits(ids.web, none)
    expect((await isolation.limits(ids.web)).limits).toEqual(none)
    // The engine cannot remove this limit. It now allows all memory of the machine.
    await eventually(() => cgroup()?.memory.limit).toBeGreaterThan(1000 * mebibyte)
    expect(cgroup()?.pids.limit).toBeNull()
    // What another program changes is the same to Berth.
    await fixture.docker.run('update', '--cpus=0.5', '--memory=64m', '--memory-swap=64m', ids.web)
    await eventually(() => cgroup()?.memory.limit).toBe(64 * mebibyte)
    await expect(isolation.setLimits(ids.web, { ...none, cpus: 99 })).rejects.toMatchObject({
      code: 'isolation.too-many-processors',
    })
  })

  test('slowing down and kills for lack of memory are counted', async () => {
    const cgroup = () => watching?.get('cgroup')?.cgroup
    const before = cgroup()?.memory.killed ?? 0
    // dd fills a buffer that is larger than the limit.
    await inWeb('dd if=/dev/zero of=/dev/null bs=90M count=1; true')
    await eventually(() => cgroup()?.memory.killed).toBeGreaterThan(before)
    expect(cgroup()?.memory.atLimit).toBeGreaterThan(0)
    await inWeb('i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done')
    await eventually(() => cgroup()?.cpu.throttledPeriods).toBeGreaterThan(0)
    expect(cgroup()?.cpu.periods).toBeGreaterThanOrEqual(cgroup()?.cpu.throttledPeriods ?? Infinity)
  })

  test('a process shows its ports and files until it ends', async () => {
    const find = async (name: string) => {
      const line = await fixture.machine.link.exec(
        `for p in $(cat ${String(watching?.get('cgroup')?.cgroup.path)}/cgroup.procs); do ` +
          `grep -qa "${name}" /proc/$p/cmdline && echo $p $(sed "s/.*) //" /proc/$p/stat | tail -n 1 | cut -d" " -f20); done`,
      )
      const [pid, start] = (line.stdout.trim().split('\n')[0] ?? '').split(' ').map(Number)
      return { id: ids.web, pid: pid ?? 0, start: start ?? 0 }
    }
    const leave = new AbortController()
    const server = await find('8080')
    const seen: OpenFiles[] = []
    const reading = (async () => {
      for await (const open of isolation.process(server, leave.signal)) seen.push(open)
    })()
    await eventually(() =>
      seen.at(-1)?.sockets.some(({ local, state }) => local.endsWith(':8080') && state === 'listening'),
    ).toBe(true)
    expect(seen.at(-1)?.files.map(({ number }) => number)).toContain(0)
    expect(seen.at(-1)?.program).toBe('/bin/busybox')
    await fixture.machine.link.exec(`kill ${String(server.pid)}`)
    await reading
    await expect(isolation.process(server, leave.signal).next()).rejects.toMatchObject({
      code: 'container.process-gone',
    })
    // A process of the machine is not one of the container.
    const { stdout } = await fixture.machine.link.exec('sed "s/.*) //" /proc/1/stat | cut -d" " -f20')
    await expect(
      isolation.process({ id: ids.web, pid: 1, start: Number(stdout) }, leave.signal).next(),
    ).rejects.toMatchObject({ code: 'container.process-gone' })
  })

  test('the rights are those of the first process', async () => {
    const named = (numbers: readonly number[] = []) => numbers.map((number) => capabilities[number])
    const usual = watching?.get('rights')?.rights
    expect(new Set(named(usual?.effective))).toEqual(defaultCapabilities)
    expect(usual).toMatchObject({ user: 0, noNewPrivileges: false, seccomp: 'filter' })
    const privileged = (await once(ids.hosted, 'rights'))?.rights
    expect(named(privileged?.effective)).toEqual([...capabilities])
    expect(privileged?.seccomp).toBe('off')
    const bare = (await once(ids.bare, 'rights'))?.rights
    expect(bare).toMatchObject({ user: 1000, effective: [], noNewPrivileges: true })
    expect(named(bare?.bounding)).toEqual(['NET_ADMIN'])
  })

  test('the calls that the kernel refuses are shown with their reasons, only of this container', async () => {
    const leave = new AbortController()
    let last: Refusals | undefined
    const reading = (async () => {
      for await (const refusals of isolation.refusals(ids.bare, leave.signal)) last = refusals
    })()
    const reasons = (name: string) =>
      last?.refusals
        .filter(({ call }) => call === name)
        .map(({ error, reason }) =>
          reason.kind === 'capability'
            ? `${error} ${String(capabilities[reason.capability])}`
            : `${error} ${reason.kind}`,
        )
    await eventually(() => last?.refusals).toEqual([])
    const inBare = (script: string) => fixture.docker.run('exec', ids.bare, 'sh', '-c', script)
    // A process of another container, and of the machine, is refused the same.
    await inWeb('mount -t tmpfs none /mnt; true')
    await fixture.machine.link.exec('setpriv --reuid=1000 --clear-groups --inh-caps=-all mkdir /x; true')
    await inBare('mount -t tmpfs none /mnt; chmod 777 /bin; mkdir /x; true')
    await eventually(() => reasons('mount')).toEqual(['EPERM seccomp'])
    await eventually(() => reasons('mkdir')).toEqual(['EACCES other'])
    await eventually(() => reasons('chmod')).toEqual(['EPERM FOWNER'])
    expect(last?.refusals.find(({ call }) => call === 'mount')).toMatchObject({ program: 'mount', times: 1 })
    await inBare('mkdir /x; true')
    await eventually(() => last?.refusals.find(({ call }) => call === 'mkdir')?.times).toBe(2)
    leave.abort()
    await reading
    const traces =
      'unshare -m sh -c "mount -t tracefs none /sys/kernel/tracing && ls /sys/kernel/tracing/instances; cat /sys/kernel/tracing/events/raw_syscalls/enable"'
    await eventually(async () => (await fixture.machine.link.exec(traces)).stdout.trim()).toBe('0')
  })

  test('a call that a filter answers otherwise is not the reason of a later refusal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-seccomp-'))
    const profile = join(folder, 'profile.json')
    // 38 is ENOSYS. Docker's own filter answers clone3 so, and many programs call clone3.
    const rule = { names: ['umask'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }))
    // The name begins as that of runc, which starts the process of `docker exec`.
    const script = 'printf "#!/bin/sh\\numask 022\\ntrue > /refused\\n" > /runcheck; chmod 755 /runcheck'
    const filtered = await run(`--security-opt=seccomp=${profile}`, 'busybox', 'sleep', '1000')
    rmSync(folder, { recursive: true })
    await fixture.docker.run('exec', filtered, 'sh', '-c', script)
    // A trace that a killed program has left. Its number has come to another process.
    const leave = new AbortController()
    const inTraces = (command: string) =>
      fixture.machine.link.exec(
        `unshare -m sh -c "mount -t tracefs none /sys/kernel/tracing && cd /sys/kernel/tracing/instances && ${command}"`,
      )
    await inTraces('mkdir berth-1')
    let last: Refusals | undefined
    const reading = (async () => {
      for await (const refusals of isolation.refusals(filtered, leave.signal)) last = refusals
    })()
    await eventually(() => last?.refusals).toEqual([])
    expect((await inTraces('ls')).stdout).not.toMatch(/^berth-1$/m)
    await fixture.docker.run('exec', '--user=1000', filtered, 'sh', '-c', '/runcheck; true')
    await eventually(() =>
      last?.refusals
        .filter(({ program }) => program === 'runcheck')
        .map(({ error, reason }) => [error, reason.kind]),
    ).toEqual([['EACCES', 'other']])
    leave.abort()
    await reading
    await fixture.docker.run('rm', '-f', filtered)
  })

  const { signal } = new AbortController()
  const origin = (path: string) => isolation.path(ids.web, encodeFilePath(path), signal)
  const found = ({ found: layers }: PathOrigin) =>
    layers.map(({ layer, type, hidden }) => `${String(layer)} ${type}${hidden ? ' hidden' : ''}`)

  test('a path is found in its layer, also if a layer deletes or hides it', async () => {
    await eventually(async () => found(await origin('/ready'))).toEqual(['0 file'])
    const { driver, layers } = await isolation.layers(ids.web)
    expect(driver).toBe('overlay2')
    expect(layers?.map(({ kind }) => kind)).toEqual(['own', 'engine', 'image', 'image'])
    expect(layers?.at(-2)?.step?.createdBy).toContain('echo two')
    expect(found(await origin('/etc/passwd'))).toEqual(['2 file', '3 file hidden'])
    // The own layer deletes a file of the image, and a layer of the image deletes a file of the layer below.
    expect(found(await origin('/etc/two'))).toEqual(['0 deleted', '2 file hidden'])
    expect(found(await origin('/etc/group'))).toEqual(['2 deleted', '3 file hidden'])
    // The folder was removed and made again, so the old content is hidden.
    expect(found(await origin('/again'))).toEqual(['0 folder', '2 folder hidden'])
    expect(found(await origin('/again/old'))).toEqual([])
    expect(found(await origin('/nowhere'))).toEqual([])
    for (const mount of ['/kept', '/mem', '/proc', '/etc/hosts'])
      expect(await origin(`${mount}/x`)).toMatchObject({ path: mount, mount: true })
  })

  test('no symbolic link leads out of the layers', async () => {
    expect(await origin('/out-proc/etc/passwd')).toMatchObject({ path: '/proc', mount: true })
    expect(found(await origin('/out-dots/overlay2'))).toEqual([])
    expect(await origin('/out-dots')).toMatchObject({ link: '../../../../../../var/lib/docker' })
    await expect(origin('/loop/x')).rejects.toMatchObject({ code: 'files.link-refused' })
  })

  const listed = ({ changes }: LayerChanges) =>
    changes.map(({ kind, path }) => `${kind.slice(0, 1).toUpperCase()} ${showFileName(path)}`)
  /** `docker diff` also lists the folders above a change, and calls a folder that was made again deleted. */
  const comparable = (lines: string[]) =>
    lines.filter((line) => /^[AD]/.test(line) && !/\/again|\/x\)/.test(line)).sort()

  test('the changes are those of docker diff', async () => {
    const ours = listed(await isolation.changes(ids.web, signal))
    expect(ours).toEqual(
      expect.arrayContaining(['D /etc/two', 'A /made', 'A /made/own', 'A /made/a b', 'A /ready', 'C /again']),
    )
    const diff = (await fixture.docker.run('diff', ids.web)).split('\n')
    expect(comparable(ours)).toEqual(comparable(diff))
    expect(ours.some((line) => line.includes('x) R 1\\u{A}<b>'))).toBe(true)
  })

  test('the mounts are those of the container', () => {
    const mounts = watching?.get('mounts')?.mounts
    expect(mounts?.find(({ path }) => path === '/mem')).toMatchObject({ type: 'tmpfs', readOnly: false })
    expect(mounts?.find(({ path }) => path === '/')?.type).toBe('overlay')
    expect(mounts?.map(({ path }) => path)).toEqual(expect.arrayContaining(['/kept', '/proc', '/etc/hosts']))
  })

  test('a stopped container ends the watch. Its layers can still be read', async () => {
    await fixture.docker.run('rm', '-f', ids.peer)
    await fixture.docker.run('kill', ids.web)
    await watching?.ended
    await expect(isolation.watch(ids.web, new AbortController().signal).next()).rejects.toMatchObject({
      code: 'container.not-running',
    })
    expect(found(await origin('/etc/two'))).toEqual(['0 deleted', '2 file hidden'])
    expect(listed(await isolation.changes(ids.web, signal))).toContain('A /made/own')
    expect(await origin('/kept/x')).toMatchObject({ path: '/kept', mount: true })
    await eventually(async () =>
      (await fixture.machine.link.exec('pgrep -c isolation || true')).stdout.trim(),
    ).toBe('0')
  })
})
