import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import type { BerthPaths } from '../../src/main/host/berth-files'
import { processIdentity } from '../../src/main/host/process-identity'
import type { Machine } from '../../src/main/machine/machine'
import type { Container } from '../../src/shared/containers'
import type { EngineEvent } from '../../src/shared/engine'
import { BerthError } from '../../src/shared/errors'
import { bundle } from '../support/bundle'
import { EngineFixture, eventually, wholeLines } from '../support/engine-fixture'
import { privateMachine, temporaryPaths } from '../support/machine-fixture'

const cuts = 100

describe('the machine', () => {
  let fixture: EngineFixture
  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterAll(() => fixture.close())

  it('recovers without a lost change or log line when SSH is cut a hundred times under load', async () => {
    const { machine, engine, state } = fixture
    const port = await freePort()
    const { id } = await fixture.run({
      name: 'witness',
      command: [
        'sh',
        '-c',
        'while :; do echo hello | nc -l -p 8080; done & i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done',
      ],
      ports: [{ hostIp: '', hostPort: port, containerPort: 8080, protocol: 'tcp' }],
    })
    const numbers: number[] = []
    const following = new AbortController()
    const log = (async () => {
      const batches = engine.containers.logs(id, { tail: 1_000, follow: true, signal: following.signal })
      for await (const batch of batches) numbers.push(...wholeLines(batch).map(Number))
    })()
    onTestFinished(() => {
      following.abort()
    })
    await eventually(() => numbers.length).toBeGreaterThan(0)
    let asked = 0
    const load = (async () => {
      while (!following.signal.aborted) {
        // If a call loses its connection, the call fails with a clear error. It never hangs.
        await engine.info().catch((error: unknown) => {
          expect(BerthError.from(error).code).toMatch(/unreachable|connection-lost/)
        })
        asked += 1
      }
    })()
    // This script runs inside the machine, so that containers start and end even while the link is cut.
    const { stdout: starter } = await machine.link.exec(
      "setsid sh -c 'i=0; while [ $i -lt 4 ]; do docker run -d --name c$i busybox true; i=$((i+1)); [ $i = 3 ] && docker rm c$((i-2)); done' >/dev/null 2>&1 </dev/null & echo $!",
    )

    for (let cut = 0; cut < cuts; cut += 1) {
      if (!machine.link.isUp) await once(machine.link, 'up')
      const down = once(machine.link, 'down')
      machine.link.cut()
      await down
      // Every 25th time, waits until the log has resumed.
      const seen = numbers.length
      if (cut % 25 === 24) await eventually(() => numbers.length).toBeGreaterThan(seen)
    }
    const seen = numbers.length
    await eventually(() => numbers.length).toBeGreaterThan(seen + 10)
    await machine.link.exec(`while kill -0 ${starter.trim()} 2>/dev/null; do sleep 0.1; done`)
    await eventually(() => summary(state.snapshot()?.containers)).toEqual(
      summary(await engine.containers.list()),
    )
    expect(state.containers.size).toBe(1 + 4 - 1)
    expect(summary(replayed(fixture.changes))).toEqual(summary([...state.containers.values()]))
    expect(await says(port)).toBe('hello\n')
    following.abort()
    await Promise.all([log, load])
    expect(numbers).toEqual(numbers.map((_, index) => index))
    expect(asked).toBeGreaterThan(0)
    const shell = await machine.link.shell({ columns: 80, rows: 24 })
    shell.end('exit\n')
    await once(shell.resume(), 'close')
  }, 300_000)

  it('fails and reports the last console lines when its kernel panics, and can then start again with its data', async () => {
    const { machine, state, ports } = fixture
    const failed = new Promise<void>((resolve) => {
      machine.on('state', ({ phase }) => {
        if (phase === 'failed') resolve()
      })
    })
    await machine.link.exec('echo kept >/var/lib/docker/kept; sync')
    void machine.link.exec('echo c >/proc/sysrq-trigger').catch(() => undefined)
    await failed
    state.stop()
    await ports.closeAll()
    expect(machine.state.failure).toMatchObject({
      phase: 'running',
      error: { code: 'machine.qemu-died', params: { reason: 'guest-reset' } },
    })
    expect(machine.state.failure?.console.join('\n')).toContain('Kernel panic')
    await machine.start()
    expect((await machine.link.exec('cat /var/lib/docker/kept')).stdout).toBe('kept\n')
    await machine.link.exec('rm /var/lib/docker/kept')
    state.start()
    await eventually(() => state.snapshot()?.containers.length).toBe(4)
  }, 180_000)
})

/**
 * Returns the containers that a window shows after it has applied these changes.
 * @throws if a change does not fit the earlier changes
 */
function replayed(changes: EngineEvent[]): Container[] {
  const shown = new Map<string, Container>()
  for (const change of changes) {
    if (change.type === 'snapshot') {
      shown.clear()
      for (const container of change.containers) shown.set(container.id, container)
    } else if (change.type === 'container') {
      expect(change.container, 'an event without a change').not.toEqual(shown.get(change.container.id))
      shown.set(change.container.id, change.container)
    } else if (change.type === 'container-removed') {
      expect(shown.delete(change.id), 'the removal of an unknown container').toBe(true)
    }
  }
  return [...shown.values()]
}

function summary(containers: Container[] | undefined): string[] | undefined {
  return containers?.map(({ name, state }) => `${name} ${state}`).sort()
}

async function says(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const [data] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return data.toString()
}

describe('Berth, killed in almost any phase of the machine,', () => {
  let paths: BerthPaths
  let machine: Machine | undefined
  beforeAll(async () => {
    paths = await temporaryPaths()
  })
  afterEach(() => machine?.stop())

  /** Starts Berth’s machine in another process, and kills that process as soon as the machine is in the phase. */
  async function killedIn(phase: string): Promise<void> {
    const app = spawn(process.execPath, [await bundle('crashing-app.ts'), phase], {
      env: { ...process.env, BERTH_HOME: paths.home, BERTH_GUEST_CACHE: paths.guestCache },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let last = ''
    for await (const line of createInterface({ input: app.stdout })) {
      last = line
      if (last === phase) break
    }
    app.kill('SIGKILL')
    if (app.exitCode === null && app.signalCode === null) await once(app, 'exit')
    expect(last).toBe(phase)
  }

  it('leaves a state from which the next Berth can continue, and never two QEMUs on one disk', async () => {
    const disk = `${paths.machine}/data.qcow2`
    // machine-lifecycle.test.ts tests `running`. `stopped` leaves a suspended machine, which the next Berth resumes.
    const steps = [
      'preparing',
      'booting',
      'connecting',
      'engine',
      'stopped',
      'resuming',
      'stopping',
      'suspending',
    ]
    for (const step of steps) {
      await killedIn(step)
      expect((await qemusOn(disk)).length, `killed at ${step}`).toBeLessThanOrEqual(1)
      // Simulates a Berth that was killed before it recorded its QEMU.
      if (step === 'connecting') await rm(join(paths.run, 'qemu.json'))
    }
    const orphans = await qemusOn(disk)
    machine = (await privateMachine({ paths })).machine
    await machine.start()
    expect(await qemusOn(disk)).toHaveLength(1)
    for (const pid of orphans) expect(await processIdentity(pid)).toBeUndefined()
    expect((await machine.link.exec('cat /var/lib/docker/kept')).stdout).toBe('kept\n')
  }, 480_000)
})

/** Returns the process ids of the QEMUs that have this disk open. */
async function qemusOn(disk: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '')),
  )
  return pids.filter(
    (_, index) => /^[^\0]*qemu-system/.test(lines[index] ?? '') && lines[index]?.includes(disk),
  )
}
