import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { BerthPaths } from '../../src/main/host/berth-files'
import { processIdentity } from '../../src/main/host/process-identity'
import type { Machine } from '../../src/main/machine/machine'
import type { MachinePhase } from '../../src/shared/machine'
import { bundle } from '../support/bundle'
import { machineSettings, privateMachine, temporaryPaths } from '../support/machine-fixture'
import { qemuPid } from '../support/qemu-record'

let machine: Machine | undefined
afterEach(async () => {
  await machine?.stop()
  machine = undefined
})

/** Resolves when the machine is in `phase`. */
function inPhase(of: Machine, phase: MachinePhase): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (of.state.phase !== phase) return
      of.off('state', look)
      resolve()
    }
    of.on('state', look)
    look()
  })
}

/** Reads from the log which accelerators broke a guest. Returns the accelerator’s name once for each broken guest. */
async function acceleratorsThatBrokeAGuest({ logs }: BerthPaths): Promise<unknown[]> {
  const lines = (await readFile(join(logs, 'berth.log'), 'utf8')).trim().split('\n')
  const records = lines.map((line) => z.object({ msg: z.string() }).loose().parse(JSON.parse(line)))
  return records
    .filter(
      ({ msg, reason }) =>
        msg === 'accelerator does not work' && String(reason).includes('stopped unexpectedly'),
    )
    .map(({ accelerator }) => accelerator)
}

describe('a machine', () => {
  it('stops cleanly, gets a larger disk and one more processor without losing data, and survives a crash of QEMU', async () => {
    const size = { ...machineSettings }
    const { machine: mine, paths } = await privateMachine({ settings: () => size })
    /** Returns the size of the data disk in the guest, in GiB. */
    const dataGiB = async () =>
      Number((await mine.link.exec(`df -k /var/lib/docker | awk 'END { print $2 }'`)).stdout) / 2 ** 20
    const checksum = async () => (await mine.link.exec('md5sum /var/lib/docker/bulk')).stdout
    machine = mine
    await mine.start()
    const pid = await qemuPid(paths)
    expect((await mine.link.exec('echo kept > /var/lib/docker/kept')).code).toBe(0)
    await mine.link.exec('head -c 20000000 /dev/urandom >/var/lib/docker/bulk')
    const bulk = await checksum()
    expect(await dataGiB()).toBeLessThan(size.diskGiB)

    await mine.stop()
    expect(mine.state).toMatchObject({ phase: 'stopped', steps: [{ name: 'stop' }] })
    expect(mine.link.isUp).toBe(false)
    expect(await processIdentity(pid)).toBeUndefined()
    expect(await readFile(join(paths.logs, 'console.log'), 'utf8')).toContain('berth: stage down')
    await expect(mine.link.exec('true')).rejects.toMatchObject({ code: 'machine.not-running' })

    size.diskGiB += 8
    size.cpus += 1
    await mine.start()
    expect((await mine.link.exec('nproc')).stdout).toBe(`${String(size.cpus)}\n`)
    expect((await mine.link.exec('cat /var/lib/docker/kept')).stdout).toBe('kept\n')
    expect(await checksum()).toBe(bulk)
    expect(await dataGiB()).toBeGreaterThan(machineSettings.diskGiB)
    expect(mine.consoleTail(200).join('\n')).not.toContain('data-format')
    // If an accelerator broke a guest, Berth must not try it again. If QEMU refuses an accelerator, Berth may try it
    // again, because this takes almost no time.
    const broken = await acceleratorsThatBrokeAGuest(paths)
    expect(broken).toEqual([...new Set(broken)])

    const failed = inPhase(mine, 'failed')
    process.kill(await qemuPid(paths), 'SIGKILL')
    await failed
    expect(mine.state.failure).toMatchObject({
      phase: 'running',
      error: { code: 'machine.qemu-died', params: { reason: 'SIGKILL' } },
    })
    expect(mine.state.failure?.console.join('\n')).toContain('berth: stage dockerd')
    expect(mine.link.isUp).toBe(false)

    await mine.start()
    expect(mine.state).toMatchObject({ phase: 'running' })
    expect(mine.state.failure).toBeUndefined()
    expect((await mine.link.exec('cat /var/lib/docker/kept')).stdout).toBe('kept\n')

    const stopped = inPhase(mine, 'stopped')
    await mine.link.exec('poweroff').catch(() => undefined)
    await stopped
  }, 600_000)

  it('that is stopped during its start leaves no QEMU running', async () => {
    const { machine: mine, paths } = await privateMachine()
    machine = mine
    const outcome = mine.start().catch((error: unknown) => error)
    await inPhase(mine, 'connecting')
    const pid = await qemuPid(paths)
    await mine.stop()
    expect(await outcome).toMatchObject({ code: 'machine.not-running' })
    expect(mine.state.phase).toBe('stopped')
    expect(await processIdentity(pid)).toBeUndefined()
  })

  it('is booted once more if its kernel panics during the start, and only once', async () => {
    let panics = 1
    let calls = 0
    const { machine: mine } = await privateMachine({
      waitForEngine: () => {
        calls += 1
        if (calls > panics) return Promise.resolve()
        void mine.link.exec('echo c >/proc/sysrq-trigger').catch(() => undefined)
        return new Promise(() => undefined)
      },
    })
    machine = mine
    await mine.start()
    expect(mine.state.steps.map(({ name }) => name)).toEqual(['image', 'disk', 'boot', 'connect', 'engine'])
    expect((await mine.link.exec('echo ready')).stdout).toBe('ready\n')
    await mine.stop()
    panics = Infinity
    calls = 0
    await expect(mine.start()).rejects.toMatchObject({
      code: 'machine.qemu-died',
      params: { reason: 'guest-reset' },
    })
    // An emulated kernel may also panic by itself, before Berth waits for the engine.
    expect(calls).toBeLessThanOrEqual(2)
    expect(mine.state.failure?.console.join('\n')).toContain('Kernel panic')
  }, 300_000)

  it('fails with the reason and leaves no QEMU running if the engine does not answer in time', async () => {
    const fixture = await privateMachine({
      waitForEngine: () => new Promise(() => undefined),
      limits: { engineMs: 1_000 },
    })
    machine = fixture.machine
    await expect(machine.start()).rejects.toMatchObject({
      code: 'machine.engine-timeout',
      params: { seconds: 1 },
    })
    expect(machine.state).toMatchObject({ phase: 'failed', failure: { phase: 'engine' } })
    await expect(qemuPid(fixture.paths)).rejects.toThrow('ENOENT')
  })
})

describe('a start of the machine after a crash of Berth', () => {
  it('ends the QEMU that the crashed Berth left behind, and keeps the data', async () => {
    const paths = await temporaryPaths()
    const app = spawn(process.execPath, [await bundle('crashing-app.ts')], {
      env: { ...process.env, BERTH_HOME: paths.home, BERTH_GUEST_CACHE: paths.guestCache },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let last = ''
    for await (const line of createInterface({ input: app.stdout })) {
      last = line
      if (line === 'running' || line === 'failed') break
    }
    expect(last).toBe('running')
    const orphan = await qemuPid(paths)
    app.kill('SIGKILL')
    await once(app, 'exit')
    expect(await processIdentity(orphan)).toBeDefined()

    const fixture = await privateMachine({ paths })
    machine = fixture.machine
    await machine.start()
    expect(await processIdentity(orphan)).toBeUndefined()
    expect(await qemuPid(paths)).not.toBe(orphan)
    expect((await machine.link.exec('cat /var/lib/docker/kept')).stdout).toBe('kept\n')
  }, 400_000)
})
