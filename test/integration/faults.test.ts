import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BerthPaths } from '../../src/main/host/paths'
import { processIdentity } from '../../src/main/host/process-identity'
import type { Machine } from '../../src/main/machine/machine'
import { BerthError } from '../../src/shared/errors'
import { bundle } from '../support/bundle'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { privateMachine, temporaryPaths } from '../support/machine-fixture'
import { freePort } from '../support/registry'

/** The QEMUs that have this disk open. */
async function qemusOn(disk: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '')),
  )
  return pids.filter(
    (_, index) => /^[^\0]*qemu-system/.test(lines[index] ?? '') && lines[index]?.includes(disk),
  )
}

describe('SSH that is cut a hundred times under load', () => {
  let fixture: EngineFixture
  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterAll(() => fixture.close())

  it('costs nothing: the list, the log and the port are as if it had never happened', async () => {
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
      for await (const batch of batches) numbers.push(...batch.map(({ text }) => Number(text)))
    })()
    let asked = 0
    const load = (async () => {
      while (!following.signal.aborted) {
        // A call whose answer was cut off fails in so many words; it never hangs.
        await engine.info().catch((error: unknown) => {
          expect(BerthError.from(error).code).toMatch(/unreachable|connection-lost/)
        })
        asked += 1
      }
    })()
    const { id: other } = await fixture.run({ name: 'other', command: ['sleep', '20'] })

    for (let cut = 0; cut < 100; cut += 1) {
      if (!machine.link.isUp) await once(machine.link, 'up')
      const down = once(machine.link, 'down')
      machine.link.cut()
      await down
      // Now and then there is time enough for the log to go on.
      const seen = numbers.length
      if (cut % 10 === 9) await eventually(() => numbers.length).toBeGreaterThan(seen)
    }
    await eventually(() => state.snapshot()?.containers.find((each) => each.id === id)?.state).toBe('running')
    const seen = numbers.length
    await eventually(() => numbers.length).toBeGreaterThan(seen + 10)
    await eventually(() => state.containers.get(other)?.state).toBe('exited')
    expect(state.containers.size).toBe(2)
    expect(await says(port)).toBe('hello\n')
    following.abort()
    await Promise.all([log, load])
    expect(numbers).toEqual(numbers.map((_, index) => index))
    expect(asked).toBeGreaterThan(0)
    const shell = await machine.link.shell({ columns: 80, rows: 24 })
    shell.end('exit\n')
    await once(shell.resume(), 'close')
  }, 300_000)
})

async function says(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const [data] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return data.toString()
}

describe('a killed app', () => {
  let paths: BerthPaths
  let machine: Machine | undefined
  beforeAll(async () => {
    paths = await temporaryPaths()
  })
  afterAll(() => machine?.stop())

  /** Kills an app of its own process as soon as its machine is in a phase. */
  async function killedIn(phase: string): Promise<void> {
    const app = spawn(process.execPath, [await bundle('crashing-app.ts'), phase], {
      env: { ...process.env, BERTH_HOME: paths.home, BERTH_GUEST_CACHE: paths.guestCache },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: app.stdout })) if (line === phase) break
    app.kill('SIGKILL')
    if (app.exitCode === null && app.signalCode === null) await once(app, 'exit')
  }

  it('at any step leaves a home that the next app goes on with, and never two machines on its disk', async () => {
    const disk = `${paths.machine}/data.qcow2`
    // `running` is in machine-lifecycle.test.ts.
    const phases = ['preparing', 'booting', 'connecting', 'engine', 'stopping', 'suspending', 'resuming']
    for (const phase of phases) {
      await killedIn(phase)
      expect((await qemusOn(disk)).length).toBeLessThanOrEqual(1)
    }
    const orphans = await qemusOn(disk)
    machine = (await privateMachine({ paths })).machine
    await machine.start()
    expect(await qemusOn(disk)).toHaveLength(1)
    for (const pid of orphans) expect(await processIdentity(pid)).toBeUndefined()
    expect((await machine.link.exec('cat /var/lib/docker/kept')).stdout).toBe('kept\n')
  }, 480_000)

  it('and a guest’s panic is a failure with its console, and a restart is all it takes', async () => {
    if (machine === undefined) throw new Error('no machine')
    const mine = machine
    const failed = new Promise<void>((resolve) => {
      mine.on('state', ({ phase }) => {
        if (phase === 'failed') resolve()
      })
    })
    void mine.link.exec('echo c >/proc/sysrq-trigger').catch(() => undefined)
    await failed
    expect(mine.state.failure).toMatchObject({ phase: 'running', error: { code: 'machine.qemu-died' } })
    expect(mine.state.failure?.console.join('\n')).toContain('Kernel panic')
    await mine.start()
    expect((await mine.link.exec('cat /var/lib/docker/kept')).stdout).toBe('kept\n')
  }, 180_000)
})
