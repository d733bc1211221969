import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { MachineState } from '../../src/shared/machine'
import { theMachine, type MachineFixture } from '../support/machine-fixture'

let fixture: MachineFixture
beforeAll(async () => {
  fixture = await theMachine()
})

/** Cuts the link's two connections from inside the machine. Resolves when the link has reconnected. */
async function cutConnections(): Promise<void> {
  const { link } = fixture.machine
  const down = once(link, 'down')
  const up = down.then(() => once(link, 'up'))
  await link.exec('(sleep 0.2; pkill -KILL -f "sshd-session|sshd: root") >/dev/null 2>&1 &')
  await up
}

describe('the link to the machine', () => {
  it('runs a command with input, and returns the output and the exit code', async () => {
    const { link } = fixture.machine
    expect(await link.exec('cat; echo problem >&2; exit 4', { input: 'hello' })).toEqual({
      code: 4,
      stdout: 'hello',
      stderr: 'problem\n',
    })
  })

  it('opens a shell on a pty of the requested size', async () => {
    const shell = await fixture.machine.link.shell({ columns: 123, rows: 45 }, { LC_BERTH_TEST: 'here' })
    shell.end('stty size; echo "$LC_BERTH_TEST"; exit\n')
    const output = await text(shell)
    expect(output).toContain('45 123')
    expect(output).toContain('here')
  })

  it('carries much data over a TCP connection to the machine', async () => {
    const { link } = fixture.machine
    const listening = link.exec('head -c 20000000 /dev/zero | nc -l -p 7777 -w 20')
    const stream = await openWhenListening(7777)
    let bytes = 0
    for await (const chunk of stream) bytes += (chunk as Buffer).length
    expect(bytes).toBe(20_000_000)
    await listening
  })

  it('reconnects automatically when its connections are cut under load, and the machine state shows this', async () => {
    const { machine, engine } = fixture
    const states: boolean[] = []
    const onState = ({ reconnecting }: MachineState) => states.push(reconnecting)
    machine.on('state', onState)
    const load = Array.from({ length: 10 }, () => engine.info().catch((error: unknown) => error))
    await cutConnections()
    await Promise.all(load)
    machine.off('state', onState)
    expect(machine.state).toMatchObject({ phase: 'running', reconnecting: false })
    expect(states).toContain(true)
    expect((await engine.info()).cpus).toBe(2)
  })

  it('makes new streams wait while it reconnects', async () => {
    const { link } = fixture.machine
    const up = cutConnections()
    await once(link, 'down')
    const streams = await Promise.all(
      Array.from({ length: 10 }, () => link.openUnixSocket('/var/run/docker.sock')),
    )
    for (const stream of streams) stream.destroy()
    await up
    expect(streams).toHaveLength(10)
  })
})

/** Waits until a process in the machine listens on the port, and then opens a connection to the port. */
async function openWhenListening(port: number) {
  const { link } = fixture.machine
  await expect
    .poll(async () => (await link.exec('netstat -ltn')).stdout, { timeout: 20_000 })
    .toContain(`:${port} `)
  return link.openTcp('127.0.0.1', port)
}
