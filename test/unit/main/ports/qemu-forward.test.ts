import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import type { Forward, HostForward } from '../../../../src/main/qemu/host-forward'
import { QemuForward } from '../../../../src/main/ports/qemu-forward'
import { BerthError } from '../../../../src/shared/errors'

/**
 * Behaves like QEMU's user network. One connection may wait, and the listener takes some time to accept each
 * connection.
 */
const slowListener = `
  const { parentPort, workerData } = require('node:worker_threads')
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  require('node:net')
    .createServer((socket) => {
      Atomics.wait(nothing, 0, 0, 5)
      socket.end('hello')
    })
    .listen({ host: '127.0.0.1', port: workerData, backlog: 1 }, () => parentPort.postMessage('up'))
`

class SlowForward implements HostForward {
  readonly added: Forward[] = []
  readonly removed: Forward[] = []
  worker: Worker | undefined
  onAdd: () => void = () => undefined

  async add(forward: Forward): Promise<void> {
    this.onAdd()
    this.added.push(forward)
    await this.listen()
  }

  async listen(): Promise<void> {
    this.worker = new Worker(slowListener, { eval: true, workerData: this.added[0]?.hostPort })
    await once(this.worker, 'message')
  }

  async remove(forward: Forward): Promise<void> {
    this.removed.push(forward)
    await this.worker?.terminate()
  }
}

describe('a QEMU forward', () => {
  let hostForward: SlowForward
  let forward: QemuForward
  let asked: string[]
  let refused = false

  function begin(platform: NodeJS.Platform = 'linux'): void {
    hostForward = new SlowForward()
    asked = []
    const link = {
      exec: (command: string) => {
        asked.push(command)
        return Promise.resolve({ code: refused ? 0 : 1, stdout: '', stderr: '' })
      },
    }
    forward = new QemuForward({ hostForward, link, guestPort: 80, guestAddress: '192.168.1.5', platform })
  }
  afterEach(() => forward.close())

  const ask = async () => {
    const client = new PassThrough()
    const { stream: socket } = await forward.connect(client)
    socket.on('end', () => client.end())
    socket.end()
    return text(client)
  }

  it('opens a hundred simultaneous connections, although only one may wait in the backlog', async () => {
    begin()
    const answers = await Promise.all(Array.from({ length: 100 }, ask))
    expect(new Set(answers)).toEqual(new Set(['hello']))
    expect(hostForward.added).toHaveLength(1)
  })

  it('opens a loopback port for the first connection, and closes the port when the forward closes', async () => {
    begin()
    expect(hostForward.added).toEqual([])
    expect(await ask()).toBe('hello')
    const added = { protocol: 'tcp', hostAddress: '127.0.0.1', guestPort: 80, guestAddress: '192.168.1.5' }
    expect(hostForward.added).toMatchObject([added])
    await forward.close()
    expect(hostForward.removed).toEqual(hostForward.added)
    await expect(forward.connect(new PassThrough())).rejects.toThrow('accepts no connections')
  })

  it('opens no port after the forward was closed', async () => {
    begin()
    await forward.close()
    await expect(forward.connect(new PassThrough())).rejects.toThrow('the forward is closed')
    expect(hostForward.added).toEqual([])
  })

  it('tries another port if a program has taken the first port, and reports any other error', async () => {
    begin()
    let attempts = 0
    hostForward.onAdd = () => {
      attempts++
      if (attempts === 1) throw taken()
    }
    expect(await ask()).toBe('hello')
    expect(attempts).toBe(2)
    await forward.close()
    begin()
    hostForward.onAdd = () => {
      throw new BerthError('machine.not-running')
    }
    await expect(forward.connect(new PassThrough())).rejects.toMatchObject({ code: 'machine.not-running' })
    hostForward.onAdd = () => undefined
    expect(await ask()).toBe('hello')
  })

  it('asks the machine whether it has refused the connection from this source port', async () => {
    begin()
    const { stream, wasRefused } = await forward.connect(new PassThrough())
    const port = stream.localPort
    refused = true
    expect(await wasRefused?.()).toBe(true)
    expect(asked).toEqual([expect.stringContaining(`refused '{ ${String(port)} }'`)])
    refused = false
    expect(await wasRefused?.()).toBe(false)
    stream.destroy()
  })

  it('reports immediately that QEMU no longer listens', async () => {
    begin()
    expect(await ask()).toBe('hello')
    await hostForward.worker?.terminate()
    await expect(forward.connect(new PassThrough())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('tries again on Windows, which refuses a connection if the backlog is full', async () => {
    begin('win32')
    expect(await ask()).toBe('hello')
    await hostForward.worker?.terminate()
    const answer = ask()
    await hostForward.listen()
    expect(await answer).toBe('hello')
  })
})

function taken(): BerthError {
  return new BerthError('port.taken', { port: 1, protocol: 'tcp', address: '127.0.0.1', owner: '?' })
}
