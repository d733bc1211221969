import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Check, DiagnosticsContext } from '../../../../../src/main/diagnostics/check'
import { accelerator } from '../../../../../src/main/diagnostics/checks/accelerator'
import { clock } from '../../../../../src/main/diagnostics/checks/clock'
import { dataDisk } from '../../../../../src/main/diagnostics/checks/data-disk'
import { dns } from '../../../../../src/main/diagnostics/checks/dns'
import { folders } from '../../../../../src/main/diagnostics/checks/folders'
import { ports } from '../../../../../src/main/diagnostics/checks/ports'
import { proxy, proxyAddresses } from '../../../../../src/main/diagnostics/checks/proxy'
import { qemu } from '../../../../../src/main/diagnostics/checks/qemu'
import { registry } from '../../../../../src/main/diagnostics/checks/registry'
import { size } from '../../../../../src/main/diagnostics/checks/size'
import { space } from '../../../../../src/main/diagnostics/checks/space'
import { berthPaths } from '../../../../../src/main/host/berth-files'
import { defaultSettings } from '../../../../../src/main/settings/settings-defaults'
import { BerthError } from '../../../../../src/shared/errors'
import type { MachinePhase } from '../../../../../src/shared/machine'
import type { Settings } from '../../../../../src/shared/settings'
import { machineState } from '../../../../support/fake-services'
import { contextOf, linkDown, linkOf } from '../support'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-diagnostics-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const signal = new AbortController().signal
/** A check's status, finding and fix. */
async function find(check: Check, changes: Partial<DiagnosticsContext> = {}): Promise<string> {
  const { status, finding, fix } = await check.run(contextOf(changes), signal)
  return [status, finding, ...(fix === undefined ? [] : [fix])].join(' ')
}
function settingsWith(changes: Partial<Settings>): Pick<DiagnosticsContext, 'settings'> {
  return { settings: () => ({ ...defaultSettings({ cpus: 8, memoryMiB: 16_384 }, '/tmp'), ...changes }) }
}

describe('without a machine', () => {
  it.each([accelerator, clock, dns, registry, ports])(
    'the check “$id” is skipped, and offers to start the machine',
    async (check) => {
      const state = machineState('stopped')
      const machine = { state, guestReport: () => undefined }
      expect(await find(check, { link: linkDown, machine })).toBe('skipped needs-machine start-machine')
    },
  )
})

describe('with a machine that waits for space on the host', () => {
  it.each([clock, dns, registry])('the check “$id” runs no command in the machine', async (check) => {
    const state = { ...machineState('running'), diskFull: 'host' as const }
    const link = { isUp: true, exec: () => Promise.reject(new Error('it would never answer')) }
    expect(await find(check, { link, machine: { state, guestReport: () => undefined } })).toBe(
      'skipped machine-waits open-disk',
    )
  })
})

describe('the accelerator', () => {
  const machine = (name: 'kvm' | 'tcg') => ({
    guestReport: () => undefined,
    state: {
      ...machineState('running'),
      accelerator: { name, rejected: [{ name: 'kvm' as const, reason: 'internal-error' }] },
    },
  })
  it('is reported as ok, or with a finding for emulation that depends on the host’s system', async () => {
    expect(await find(accelerator, { machine: machine('kvm') })).toBe('ok accelerator.ok')
    expect(await find(accelerator, { machine: machine('tcg') })).toBe('warning accelerator.emulated-linux')
    const { finding, params } = await accelerator.run(
      contextOf({ machine: machine('tcg'), platform: 'win32' }),
      signal,
    )
    expect({ finding, params }).toEqual({
      finding: 'accelerator.emulated-win32',
      params: { rejected: 'kvm: internal-error' },
    })
  })
})

describe('QEMU', () => {
  async function version(text: string): Promise<DiagnosticsContext['env']> {
    for (const name of [
      'qemu-system-x86_64',
      'qemu-system-aarch64',
      'qemu-system-x86_64w.exe',
      'qemu-img',
      'qemu-img.exe',
    ]) {
      await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`)
      await chmod(join(folder, name), 0o755)
    }
    return { PATH: folder }
  }
  const says = (number: string) => version(`echo "QEMU emulator version ${number}"`)

  it.each([
    ['9.2.0', 'linux', 'x86_64', 'ok qemu.ok'],
    ['6.2.0', 'linux', 'x86_64', 'warning qemu.old'],
    ['10.2.2', 'win32', 'x86_64', 'warning qemu.old'],
    ['11.0.0', 'darwin', 'arm64', 'warning qemu.busy'],
    ['11.0.2', 'darwin', 'arm64', 'ok qemu.ok'],
  ] as const)('%s on %s %s is reported as: %s', async (number, platform, arch, expected) => {
    expect(await find(qemu, { env: await says(number), platform, arch })).toBe(expected)
  })

  it('is reported if it is missing or broken', async () => {
    expect(await find(qemu, { env: { PATH: '/nonexistent' } })).toBe('failed qemu.missing')
    expect(await find(qemu, { env: await version('exit 127') })).toBe('failed qemu.broken')
  })
})

describe('the data disk', () => {
  it('gets its finding from the file system check that the guest has run', async () => {
    const paths = berthPaths({ BERTH_HOME: folder }, 'linux')
    expect(await find(dataDisk, { paths })).toBe('ok data-disk.none')
    await mkdir(paths.machine)
    await writeFile(join(paths.machine, 'data.qcow2'), 'x')
    const said = (report: string | undefined, phase: MachinePhase = 'running') => ({
      paths,
      machine: { state: machineState(phase), guestReport: () => report },
    })
    expect(await find(dataDisk, said(undefined, 'booting'))).toBe('skipped needs-machine start-machine')
    expect(await find(dataDisk, said('0 berth-data: clean'))).toBe('ok data-disk.ok')
    expect(await find(dataDisk, said(undefined))).toBe('ok data-disk.ok')
    expect(await find(dataDisk, said('1 berth-data: 2 inodes fixed'))).toBe('warning data-disk.repaired')
  })

  it('is checked on the host while no machine uses it', async () => {
    const paths = berthPaths({ BERTH_HOME: folder }, 'linux')
    await mkdir(paths.machine)
    await writeFile(join(paths.machine, 'data.qcow2'), 'no disk at all')
    const machine = { state: machineState('stopped'), guestReport: () => undefined }
    const env = { PATH: process.env.PATH }
    expect(await find(dataDisk, { paths, machine, env })).toBe('failed data-disk.damaged open-repair')
  })
})

describe('free space', () => {
  const of = (host: number, guest?: number, files = 1e6): Partial<DiagnosticsContext> => ({
    disk: {
      space: () =>
        Promise.resolve({
          host: { total: 1e12, free: host },
          ...(guest === undefined ? {} : { guest: { total: 1e11, used: 0, free: guest, freeFiles: files } }),
        }),
    },
  })
  it.each([
    [1e11, 1e10, 'ok space.ok'],
    [1e11, undefined, 'ok space.host-only'],
    [1e9, 1e10, 'warning space.host-low open-disk'],
    [1e11, 1e8, 'warning space.guest-low open-disk'],
  ])(
    'of %s bytes on the host and %s bytes in the machine is reported as: %s',
    async (host, guest, expected) => {
      expect(await find(space, of(host, guest))).toBe(expected)
    },
  )

  it('in the machine is reported as low if few inodes are free', async () => {
    expect(await find(space, of(1e11, 1e10, 9))).toBe('warning space.guest-files open-disk')
  })

  it('in the machine is reported as missing if the engine could not start on the full disk', async () => {
    const error = new BerthError('machine.data-full').toData()
    const failure = { phase: 'engine' as const, error, console: [] }
    const machine = { state: { ...machineState('failed'), failure }, guestReport: () => undefined }
    expect(await find(space, { ...of(1e11), machine })).toBe('failed space.guest-full open-settings')
  })

  it('on the host is reported as low while the machine waits for space', async () => {
    const state = { ...machineState('running'), diskFull: 'host' as const }
    const machine = { state, guestReport: () => undefined }
    expect(await find(space, { ...of(1e11, 1e10), machine })).toBe('failed space.host-low open-disk')
  })
})

describe('the machine’s size', () => {
  it.each([
    [{ cpus: 1, memoryMiB: 2048, diskGiB: 8 }, 'ok size.ok'],
    [{ cpus: 1, memoryMiB: 1024, diskGiB: 8 }, 'warning size.little-memory open-settings'],
    [{ cpus: 256, memoryMiB: 2048, diskGiB: 8 }, 'warning size.too-many-cpus open-settings'],
    [{ cpus: 1, memoryMiB: 1_048_576, diskGiB: 8 }, 'warning size.too-much-memory open-settings'],
  ])('%o is reported as: %s', async (machine, expected) => {
    expect(await find(size, settingsWith({ machine }))).toBe(expected)
  })
})

describe('the machine’s clock', () => {
  const guestTime = (offset: number) =>
    linkOf({ stdout: `${String(Math.floor(Date.now() / 1000) + offset)}\n` })
  it('is reported as ok if it is right, and as wrong if it is off by a minute', async () => {
    expect(await find(clock, { link: guestTime(0) })).toBe('ok clock.ok')
    expect(await find(clock, { link: guestTime(60) })).toBe('failed clock.off set-clock')
    expect(await find(clock, { link: guestTime(-60) })).toBe('failed clock.off set-clock')
  })
})

describe('the network', () => {
  it('resolves names, or the finding contains the reason', async () => {
    expect(await find(dns, { link: linkOf({}) })).toBe('ok dns.ok')
    const knowsOnly = (known: string): DiagnosticsContext['link'] => ({
      isUp: true,
      exec: (command) =>
        Promise.resolve({ code: command.endsWith(` ${known}`) ? 0 : 1, stdout: '', stderr: '' }),
    })
    expect(await find(dns, { link: knowsOnly('gateway.docker.internal') })).toBe(
      'failed dns.failed open-settings',
    )
    const { params } = await dns.run(contextOf({ link: linkOf({}) }), signal)
    const around = knowsOnly(String(params.name))
    expect(await find(dns, { link: around })).toBe('warning dns.bypassed serve-dns')
    expect(await find(dns, { link: linkOf({ code: 1 }) })).toBe('failed dns.bypassed serve-dns')
    const problem = new BerthError('dns.not-served', { reason: 'no port is free' }).toData()
    expect(
      await dns.run(contextOf({ link: around, dns: { problem, settled: () => Promise.resolve() } }), signal),
    ).toMatchObject({
      finding: 'dns.not-served',
      params: { reason: 'no port is free' },
    })
  })

  it('is reported as ok if a registry answers, even if the registry refuses access', async () => {
    const answers = (code: 'registry.denied' | 'registry.unreachable') => ({
      engine: {
        probeRegistry: () => Promise.reject(new BerthError(code, { image: 'x', reason: 'no route' })),
      },
    })
    expect(await find(registry)).toBe('ok registry.ok')
    expect(await find(registry, answers('registry.denied'))).toBe('ok registry.ok')
    expect(await find(registry, answers('registry.unreachable'))).toBe(
      'failed registry.unreachable open-settings',
    )
    const mirror = settingsWith({
      registries: { mirrors: ['https://mirror.example:5000'], insecure: [], certificates: [] },
    })
    const { params } = await registry.run(contextOf(mirror), signal)
    expect(params).toEqual({ registry: 'mirror.example' })
  })

  it('is reported as ok if its proxy answers or if it has no proxy, and the finding hides the proxy’s password', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const through = (http: string) =>
      settingsWith({ proxy: { mode: 'manual', http, https: '', exclude: [] } })
    const answered = await proxy.run(contextOf(through(`http://me:secret@127.0.0.1:${String(port)}`)), signal)
    expect(answered).toEqual({
      status: 'ok',
      finding: 'proxy.ok',
      params: { address: `127.0.0.1:${String(port)}` },
    })
    await new Promise((resolve) => server.close(resolve))
    expect(await find(proxy, through(`http://127.0.0.1:${String(port)}`))).toBe(
      'failed proxy.unreachable open-settings',
    )
    expect(await find(proxy)).toBe('ok proxy.none')
  })

  it('is checked with the system’s proxy if the settings ask for that proxy', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const address = `127.0.0.1:${String(port)}`
    const env = { ALL_PROXY: `http://${address}`, no_proxy: 'x' }
    const system = settingsWith({ proxy: { mode: 'system', http: '', https: '', exclude: [] } })
    expect(await proxy.run(contextOf({ ...system, env }), signal)).toMatchObject({
      finding: 'proxy.ok',
      params: { address },
    })
    const none = settingsWith({ proxy: { mode: 'none', http: '', https: '', exclude: [] } })
    expect(await find(proxy, { ...none, env })).toBe('ok proxy.none')
    await new Promise((resolve) => server.close(resolve))
  })

  it('has proxy addresses that consist of host and port alone', () => {
    expect(proxyAddresses({ http: 'http://u:p@p:3128/x', https: 'https://[::1]' })).toEqual([
      { host: 'p', port: 3128 },
      { host: '::1', port: 443 },
    ])
  })
})

describe('published ports', () => {
  const forward = (hostPort: number, state: 'open' | 'failed') => ({
    containerId: 'c1',
    binding: { hostIp: '', hostPort, containerPort: 80, protocol: 'tcp' as const },
    address: '127.0.0.1',
    state,
    toNetwork: false,
    ...(state === 'failed'
      ? { error: new BerthError('port.taken', { port: hostPort, owner: 'nginx' }).toData() }
      : {}),
  })
  it('are open, or the finding lists the programs that use them', async () => {
    expect(await find(ports)).toBe('ok ports.none')
    expect(await find(ports, { ports: { forwards: [forward(80, 'open')] } })).toBe('ok ports.ok')
    const { params } = await ports.run(
      contextOf({ ports: { forwards: [forward(80, 'open'), forward(81, 'failed')] } }),
      signal,
    )
    expect(params).toEqual({ count: 1, list: '127.0.0.1:81/tcp (nginx)' })
  })
})

describe('shared folders', () => {
  it('must be readable', async () => {
    const shared = (path: string) => settingsWith({ sharedFolders: [{ path, writable: true }] })
    expect(await find(folders, { ...shared(folder), link: linkDown })).toBe('ok folders.ok')
    expect(await find(folders, shared(join(folder, 'gone')))).toBe('failed folders.unreadable open-settings')
    expect(await find(folders, settingsWith({ sharedFolders: [] }))).toBe('ok folders.none')
  })

  it('must be mounted in a running machine', async () => {
    const spaced = join(folder, 'my project')
    await mkdir(spaced)
    const { settings } = settingsWith({ sharedFolders: [{ path: spaced, writable: true }] })
    const mounts = (place: string) => linkOf({ stdout: `berth ${place} fuse rw,nosuid 0 0\n` })
    const mounted = mounts(spaced.replace(' ', '\\040'))
    expect(await find(folders, { settings, link: mounted })).toBe('ok folders.ok')
    expect(await find(folders, { settings, link: mounts(folder) })).toBe(
      'failed folders.not-mounted restart-machine',
    )
    expect(await find(folders, { settings, link: linkDown })).toBe('ok folders.ok')
  })
})
