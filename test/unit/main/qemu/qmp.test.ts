import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { listenForOnePeer, readLines } from '../../../../src/main/lib'
import { QmpClient, type QmpEvent } from '../../../../src/main/qemu/qmp'

const greeting = {
  QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 }, package: '' }, capabilities: ['oob'] },
}
const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

interface Command {
  execute: string
  id: number
  arguments?: Record<string, unknown>
}

/** QEMU's side of a control connection. `answer` returns the reply to a command, or undefined for no reply. */
async function peerWith(answer: (command: Command, send: (message: unknown) => void) => object | undefined) {
  const { address, peer } = await listenForOnePeer()
  const qemu = connect(address)
  const ours = await peer
  sockets.push(qemu, ours)
  const send = (message: unknown) => qemu.write(`${JSON.stringify(message)}\r\n`)
  readLines(qemu, (line) => {
    const command = JSON.parse(line) as Command
    const reply = command.execute === 'qmp_capabilities' ? { return: {} } : answer(command, send)
    if (reply) send({ ...reply, id: command.id })
  })
  return { qemu, ours, send }
}

async function clientWith(answer: Parameters<typeof peerWith>[0] = () => undefined) {
  const peer = await peerWith(answer)
  peer.send(greeting)
  return { ...peer, client: await QmpClient.connect(peer.ours) }
}

describe('a control connection', () => {
  it('matches replies to commands in any order', async () => {
    const held: { id: number }[] = []
    const { client, send } = await clientWith((command) => {
      held.push(command)
      return undefined
    })
    const first = client.execute('first')
    const second = client.execute('second')
    await expect.poll(() => held.length).toBe(2)
    for (const { id } of [...held].reverse()) send({ return: { id }, id })
    expect([await first, await second]).toEqual(held.map(({ id }) => ({ id })))
  })

  it('keeps the events that arrive before there is a listener', async () => {
    const { client, send } = await clientWith((command, send) => {
      send({ event: 'STOP' })
      return { return: command.id }
    })
    await client.execute('anything')
    expect(client.takeEarlyEvents()).toEqual([{ name: 'STOP', data: {} }])
    const heard = once(client, 'event')
    send({ event: 'RESUME' })
    expect(await heard).toEqual([{ name: 'RESUME', data: {} }])
    expect(client.takeEarlyEvents()).toEqual([])
  })

  it('passes arguments on', async () => {
    const { client } = await clientWith((command) => ({ return: command.arguments }))
    expect(await client.execute('echo', { a: 1 })).toEqual({ a: 1 })
  })

  it('rejects a refused command with QEMU’s error class and description', async () => {
    const { client } = await clientWith(() => ({
      error: { class: 'CommandNotFound', desc: 'no such command' },
    }))
    await expect(client.execute('nonsense')).rejects.toMatchObject({
      name: 'QmpError',
      errorClass: 'CommandNotFound',
      message: 'no such command',
    })
  })

  it('returns the output of the human monitor', async () => {
    const { client } = await clientWith((command) => ({
      return: `did ${String(command.arguments?.['command-line'])}`,
    }))
    expect(await client.humanMonitorCommand('info usernet')).toBe('did info usernet')
  })

  it('emits events', async () => {
    const { client, send } = await clientWith()
    const event = once(client, 'event')
    send({
      event: 'SHUTDOWN',
      data: { guest: true, reason: 'guest-shutdown' },
      timestamp: { seconds: 1, microseconds: 2 },
    })
    const [received] = (await event) as [QmpEvent]
    expect(received).toEqual({ name: 'SHUTDOWN', data: { guest: true, reason: 'guest-shutdown' } })
  })
})

describe('the end of a control connection', () => {
  it('makes commands in progress and later commands fail', async () => {
    const { client, qemu } = await clientWith()
    const waiting = client.execute('query-status')
    const closed = once(client, 'close')
    qemu.destroy()
    await expect(waiting).rejects.toThrow('closed its control connection')
    await closed
    await expect(client.execute('query-status')).rejects.toThrow('closed its control connection')
  })

  it('makes the connection attempt fail if the end comes before the greeting', async () => {
    const { qemu, ours } = await peerWith(() => undefined)
    const connecting = QmpClient.connect(ours)
    qemu.destroy()
    await expect(connecting).rejects.toThrow('closed its control connection')
  })

  it('is caused by a message that is not QMP', async () => {
    const { qemu, ours } = await peerWith(() => undefined)
    const connecting = QmpClient.connect(ours)
    qemu.write('HTTP/1.1 200 OK\r\n')
    await expect(connecting).rejects.toThrow('closed its control connection')
  })
})
