import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import type { Forward, HostForward } from '../../../../src/main/qemu/host-forward'
import { MachineEntry } from '../../../../src/main/ports/machine-entry'
import { BerthError } from '../../../../src/shared/errors'

/** As QEMU's user network: one connection may wait, and each is let in when there is time for it. */
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

describe('the way into the machine', () => {
  let hostForward: SlowForward
  let entry: MachineEntry

  function begin(platform: NodeJS.Platform = 'linux'): void {
    hostForward = new SlowForward()
    entry = new MachineEntry(hostForward, { guestPort: 80, guestAddress: '192.168.1.5' }, platform)
  }
  afterEach(() => entry.close())

  const ask = async () => {
    const client = new PassThrough()
    const socket = await entry.connect(client)
    socket.on('end', () => client.end())
    socket.end()
    return text(client)
  }

  it('lets in a hundred connections that come at once, where only one may wait', async () => {
    begin()
    const answers = await Promise.all(Array.from({ length: 100 }, ask))
    expect(new Set(answers)).toEqual(new Set(['hello']))
    expect(hostForward.added).toHaveLength(1)
  })

  it('is opened with the first connection, on a port of the loopback, and closed with the listener', async () => {
    begin()
    expect(hostForward.added).toEqual([])
    expect(await ask()).toBe('hello')
    const forward = { protocol: 'tcp', hostAddress: '127.0.0.1', guestPort: 80, guestAddress: '192.168.1.5' }
    expect(hostForward.added).toMatchObject([forward])
    await entry.close()
    expect(hostForward.removed).toEqual(hostForward.added)
    await expect(entry.connect(new PassThrough())).rejects.toThrow('takes no connections')
  })

  it('takes another port when somebody was quicker, and says what else is in the way', async () => {
    begin()
    let attempts = 0
    hostForward.onAdd = () => {
      attempts++
      if (attempts === 1) throw taken()
    }
    expect(await ask()).toBe('hello')
    expect(attempts).toBe(2)
    await entry.close()
    begin()
    hostForward.onAdd = () => {
      throw new BerthError('machine.not-running')
    }
    await expect(entry.connect(new PassThrough())).rejects.toMatchObject({ code: 'machine.not-running' })
    hostForward.onAdd = () => undefined
    expect(await ask()).toBe('hello')
  })

  it('says at once that nobody is there any more', async () => {
    begin()
    expect(await ask()).toBe('hello')
    await hostForward.worker?.terminate()
    await expect(entry.connect(new PassThrough())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('tries again on Windows, which refuses a connection that finds no room to wait', async () => {
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
