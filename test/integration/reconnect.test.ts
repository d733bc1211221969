import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { EngineFixture, eventually, wholeLines } from '../support/engine-fixture'
import { clockError, theMachine } from '../support/machine-fixture'
import { qemuPid } from '../support/qemu-record'

describe('reconnecting', () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  const types = () => fixture.changes.map(({ type }) => type)

  /** Kills the SSH connections from inside the machine, like a network failure. The SSH server keeps listening. */
  async function breakConnections(): Promise<void> {
    const down = new Promise<void>((resolve) => fixture.machine.link.once('down', resolve))
    // The command kills its own session as well, so an error is expected.
    await fixture.machine.link
      .exec('for p in $(pgrep -x sshd-session); do [ "$p" != "$$" ] && kill -9 "$p"; done')
      .catch(() => undefined)
    await down
  }

  it('after a lost SSH connection needs only a resync: ports and logs continue', async () => {
    const port = await freePort()
    const { id } = await fixture.run({
      name: 'witness',
      command: ['sh', '-c', 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.2; done'],
      ports: [{ hostIp: '', hostPort: port, containerPort: 8080, protocol: 'tcp' }],
    })
    const logs = fixture.engine.containers.logs(id, { tail: 100, follow: true })
    const numbers: number[] = []
    const more = async () => {
      const { value } = await logs.next()
      if (value) numbers.push(...wholeLines(value).map(Number))
    }
    await more()
    fixture.changes.length = 0
    await breakConnections()
    await fixture.changed((event) => event.type === 'snapshot')
    expect(types().slice(0, 2)).toEqual(['offline', 'snapshot'])
    expect(fixture.state.containers.get(id)).toMatchObject({ name: 'witness', state: 'running' })
    expect(fixture.ports.forwards).toMatchObject([{ containerId: id, state: 'open' }])

    // The log resumes where it stopped. No line is missing.
    const seen = numbers.length
    while (numbers.length < seen + 10) await more()
    await logs.return()
    expect(numbers).toEqual(numbers.map((_, index) => index))
  })

  it('after a lost SSH connection still reports that a container has ended', async () => {
    const { id } = await fixture.run({ name: 'short', command: ['sleep', '3'] })
    fixture.changes.length = 0
    await breakConnections()
    await eventually(() => fixture.state.snapshot()?.containers.find((each) => each.id === id)?.state).toBe(
      'exited',
    )
  })

  it('restores link, port and time automatically after SIGSTOP has stopped QEMU for a while', async () => {
    const { machine, paths } = await theMachine()
    const port = await freePort()
    const serve = ['sh', '-c', 'while :; do echo hello | nc -l -p 8080; done']
    const ports = [{ hostIp: '', hostPort: port, containerPort: 8080, protocol: 'tcp' }] as const
    await fixture.run({ name: 'web', command: serve, ports: [...ports] })
    fixture.changes.length = 0
    const pid = await qemuPid(paths)
    process.kill(pid, 'SIGSTOP')
    // QEMU is stopped, so the machine does not answer the next keepalive. Then the link closes the connection.
    try {
      await once(machine.link, 'down')
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await fixture.changed((event) => event.type === 'snapshot')
    const socket = connect(port, '127.0.0.1')
    expect(await text(socket)).toBe('hello\n')
    await eventually(() => clockError(machine)).toBeLessThan(3_000)
    expect(machine.state).toMatchObject({ phase: 'running', reconnecting: false })
  })

  it('after a crash of the engine, which init restarts, sends a new snapshot', async () => {
    const { id } = await fixture.run({ name: 'web' })
    fixture.changes.length = 0
    await fixture.machine.link.exec('kill -9 $(pgrep -x dockerd)')
    await fixture.changed((event) => event.type === 'offline')
    await fixture.changed((event) => event.type === 'snapshot')
    expect(fixture.state.containers.get(id)?.name).toBe('web')
    const { id: next } = await fixture.run({ name: 'next' })
    expect(fixture.state.containers.get(next)?.state).toBe('running')
  })

  it('after a crash of containerd, which init restarts, finds running containers and can start new ones', async () => {
    const { id } = await fixture.run({ name: 'survivor' })
    await fixture.machine.link.exec('kill -9 $(pgrep -x containerd)')
    const { link } = fixture.machine
    const running = async () => (await link.exec('pgrep -x containerd')).stdout.trim()
    await eventually(running).not.toBe('')
    await eventually(async () =>
      fixture.run({ autoRemove: true, command: ['true'] }).then(
        () => 'runs',
        (error: unknown) => String(error),
      ),
    ).toBe('runs')
    expect((await fixture.engine.containers.find(id))?.state).toBe('running')
  })
})
