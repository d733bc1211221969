import { appendFile, cp, mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { EngineState } from '../../src/main/engine/engine-state'
import { ContainerActions } from '../../src/main/containers/container-actions'
import type { BerthPaths } from '../../src/main/host/berth-files'
import { GuestClock } from '../../src/main/machine/guest-clock'
import type { Machine } from '../../src/main/machine/machine'
import type { Suspended } from '../../src/main/machine/suspended-machine'
import { PortForwarder } from '../../src/main/ports/port-forwarder'
import type { MachineState } from '../../src/shared/machine'
import { busyboxTar } from '../support/busybox-image'
import { busybox, eventually } from '../support/engine-fixture'
import {
  clockError,
  machineSettings,
  privateMachine,
  temporaryPaths,
  theMachine,
  type MachineFixture,
} from '../support/machine-fixture'
import { qemuPid } from '../support/qemu-record'

/** Returns the number that a container serves on its port. The number grows only while the container runs. */
async function count(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  try {
    return Number(await text(socket))
  } catch {
    return Number.NaN
  }
}

/** Corrects the guest's time. Returns the difference from the host's time, in milliseconds, before the correction. */
async function correctClock({ machine, log }: Pick<MachineFixture, 'machine' | 'log'>): Promise<number> {
  return Math.abs(await new GuestClock({ link: machine.link, log }).set())
}

describe('the guest’s time', () => {
  it.each([3_600, -86_400])('is corrected if it is wrong by %d s', async (seconds) => {
    const fixture = await theMachine()
    await fixture.machine.link.exec(`date -s "@${String(Math.round(Date.now() / 1000) + seconds)}"`)
    await eventually(() => correctClock(fixture)).toBeLessThan(1_000)
  })
})

describe('a paused machine', () => {
  it('wakes at the first request, keeps its connections, and has the right time', async () => {
    const fixture = await theMachine()
    const { machine, engine } = fixture
    const dropped: boolean[] = []
    const onDown = () => dropped.push(true)
    machine.link.on('down', onDown)
    await engine.ping()
    await machine.pause()
    expect(machine.state.phase).toBe('paused')
    // This wait is longer than the keepalive's interval plus its timeout. A longer wait would show nothing more.
    await new Promise((resolve) => setTimeout(resolve, 22_000))
    expect(machine.state.phase).toBe('paused')
    const begin = performance.now()
    await engine.ping()
    expect(performance.now() - begin).toBeLessThan(2_000)
    expect(machine.state.phase).toBe('running')
    await eventually(() => clockError(machine)).toBeLessThan(3_000)
    machine.link.off('down', onDown)
    expect(dropped).toEqual([])
  })
})

describe('a suspended machine', () => {
  let paths: BerthPaths
  let machine: Machine | undefined
  beforeAll(async () => {
    paths = await temporaryPaths()
  })
  afterAll(() => machine?.stop())

  const keptFiles = async () => (await readdir(paths.machine)).filter((name) => name.startsWith('suspended'))

  /** Starts the machine as the next Berth would. If the machine boots instead of resuming, stops it immediately. */
  async function startAgain(settings = machineSettings): Promise<MachineState> {
    const { machine: mine } = await privateMachine({ paths, settings: () => settings })
    machine = mine
    const starting = mine.start().catch(() => undefined)
    await eventually(() => mine.state.phase).toMatch(/booting|resuming|running/)
    await eventually(() => mine.state.phase).toMatch(/booting|running/)
    const { state } = mine
    if (state.phase === 'booting') await mine.stop()
    await starting
    return state
  }

  it('continues with its containers, their ports and their shared files, and its time can be corrected', async () => {
    const folder = `${paths.home}-shared`
    await mkdir(folder)
    await writeFile(join(folder, 'lines'), 'before\n')
    await writeFile(join(folder, 'version'), '1')
    const written = (name: string) => readFile(join(folder, name), 'utf8').catch(() => undefined)
    const before = await withPorts(await privateMachine({ paths }), folder)
    machine = before.machine
    await before.engine.images.import(busybox, Readable.from([await busyboxTar()]))
    const port = await freePort()
    // Each connection has its own process, so that an abandoned connection blocks no other.
    const counter =
      'i=0; while :; do i=$((i+1)); echo $i >count; sleep 0.2; done & exec nc -ll -p 8080 -e cat count'
    // The files `lines` and `copy` stay open during the suspension. The script appends new lines of `lines` to `copy`.
    const copier =
      'cd /shared; exec 3<lines 4>>copy; while :; do cat <&3 >&4; cat version >seen; sleep 0.2; done &'
    const { id } = await before.containers.run({
      image: busybox,
      command: ['sh', '-c', `(${copier}); ${counter}`],
      binds: [{ hostPath: folder, path: '/shared', readOnly: false }],
      ports: [{ hostIp: '', hostPort: port, containerPort: 8080, protocol: 'tcp' }],
      environment: [],
      volumes: [],
      autoRemove: false,
      tty: false,
    })
    await eventually(() => count(port)).toBeGreaterThan(2)
    await eventually(() => written('copy')).toBe('before\n')
    const idle = connect(port, '127.0.0.1').on('error', () => undefined)
    await before.close()
    await machine.suspend()
    idle.destroy()
    await before.mounts.close()
    expect(machine.state).toMatchObject({ phase: 'stopped', steps: [{ name: 'save' }] })
    await expect(qemuPid(paths)).rejects.toThrow('ENOENT')
    const files = await keptFiles()
    expect(files).toHaveLength(2)
    for (const name of files) {
      expect((await stat(join(paths.machine, name))).mode & 0o777).toBe(0o600)
      await cp(join(paths.machine, name), join(paths.home, name))
    }

    await appendFile(join(folder, 'lines'), 'meanwhile\n')
    // Replaces the file, as an editor does when it saves.
    await writeFile(join(folder, 'draft'), '2')
    await rename(join(folder, 'draft'), join(folder, 'version'))

    const after = await withPorts(await privateMachine({ paths }), folder)
    machine = after.machine
    expect(machine.state.notResumed).toBeUndefined()
    expect(machine.state.steps.map(({ name }) => name)).toEqual([
      'image',
      'disk',
      'restore',
      'connect',
      'engine',
    ])
    expect(await keptFiles()).toEqual([])
    expect(after.state.containers.get(id)?.state).toBe('running')
    await eventually(() => count(port)).toBeGreaterThan(3)
    await eventually(() => correctClock(after)).toBeLessThan(1_000)
    await eventually(() => written('seen')).toBe('2')
    await eventually(() => written('copy')).toBe('before\nmeanwhile\n')
    await appendFile(join(folder, 'lines'), 'after\n')
    await eventually(() => written('copy')).toBe('before\nmeanwhile\nafter\n')
    await after.close()
    await machine.stop()
    await after.mounts.close()
  }, 300_000)

  // In all three cases, the disk has changed. Berth checks the guest image and the host before the disk. So if one of
  // them has also changed, Berth reports that instead of the disk.
  it.each(['disk', 'image', 'host'] as const)('is never resumed with a different %s', async (part) => {
    for (const name of ['suspended.json', 'suspended.memory'])
      await cp(join(paths.home, name), join(paths.machine, name))
    if (part !== 'disk') {
      const record = join(paths.machine, 'suspended.json')
      const suspended = JSON.parse(await readFile(record, 'utf8')) as Suspended
      suspended.same[part] = 'another'
      await writeFile(record, JSON.stringify(suspended))
    }
    expect((await startAgain()).notResumed).toMatchObject({ code: `machine.resume-${part}` })
    expect(await keptFiles()).toEqual([])
  })

  it('boots instead of resuming when its settings were changed or its saved memory is damaged', async () => {
    machine = (await privateMachine({ paths })).machine
    await machine.start()
    await machine.suspend()
    for (const name of await keptFiles()) await cp(join(paths.machine, name), join(paths.home, name))
    const handle = await open(join(paths.machine, 'suspended.memory'), 'r+')
    await handle.write(Buffer.alloc(1 << 20, 0x5a), 0, 1 << 20, 4_096)
    await handle.close()
    const { notResumed } = await startAgain()
    expect(notResumed).toMatchObject({ code: 'machine.resume-failed' })
    expect(await keptFiles()).toEqual([])

    machine = (await privateMachine({ paths })).machine
    await machine.start()
    expect(machine.state.notResumed).toBeUndefined()
    await machine.suspend()
    const larger = { ...machineSettings, memoryMiB: machineSettings.memoryMiB + 128 }
    expect((await startAgain(larger)).notResumed).toMatchObject({ code: 'machine.resume-settings' })
    expect(await keptFiles()).toEqual([])
  }, 300_000)
})

/** Starts the machine with one shared folder, and adds the app's services for ports and containers. */
async function withPorts(fixture: MachineFixture, path: string) {
  const { machine, engine, log } = fixture
  await fixture.mounts.setFolders([{ path, writable: true }])
  await machine.start()
  const { link, hostForward } = machine
  const state = new EngineState({ engine, link, log })
  const ports = new PortForwarder({ hostForward, link, log, state, lanPorts: { current: [] } })
  state.start()
  await eventually(() => state.snapshot()).toBeDefined()
  const close = async () => {
    state.stop()
    await ports.closeAll()
  }
  const { mounts } = fixture
  const dockerCli = { configFolder: fixture.paths.home, dockerHost: 'unix:///nowhere/docker.sock' }
  const containers = new ContainerActions({ engine, state, ports, mounts, dockerCli })
  return { ...fixture, ports, state, containers, close }
}
