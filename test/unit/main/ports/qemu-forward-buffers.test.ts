import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BufferPool } from '../../../../src/main/ports/qemu-forward'
import { eventually } from '../../../support/eventually'

const mebibyte = 1 << 20

describe('the content of a socket', () => {
  let server: Server
  let sender: Socket
  let reader: Socket

  /** A stream that accepts a chunk only when the test allows it. */
  class Slow extends Writable {
    readonly chunks: Buffer[] = []
    readonly waiting: (() => void)[] = []

    override _write(chunk: Buffer, _encoding: string, done: () => void): void {
      this.waiting.push(() => {
        // Copies the chunk late. If the pool had reused its buffer too early, the content would be different.
        this.chunks.push(Buffer.from(chunk))
        done()
      })
    }
  }

  async function carriedTo(to: Writable): Promise<void> {
    const pool = new BufferPool(to)
    const { port } = server.address() as AddressInfo
    const accepted = once(server, 'connection') as Promise<[Socket]>
    reader = connect({ host: '127.0.0.1', port, onread: pool.onread })
    pool.reads(reader)
    reader.resume()
    ;[sender] = await accepted
  }

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    sender.destroy()
    reader.destroy()
    server.close()
  })

  it('arrives complete and in order at a slow stream', async () => {
    const to = new Slow()
    await carriedTo(to)
    const content = Buffer.alloc(8 * mebibyte)
    for (let at = 0; at < content.length; at += 4) content.writeUInt32LE(at, at)
    sender.end(content)
    while (!reader.readableEnded || to.waiting.length > 0) {
      to.waiting.shift()?.()
      await turn()
    }
    expect(Buffer.concat(to.chunks).equals(content)).toBe(true)
  })

  it('is read from the source only up to a limit while the stream accepts nothing', async () => {
    const to = new Slow()
    await carriedTo(to)
    sender.write(Buffer.alloc(64 * mebibyte))
    const carried = await eventually(async () => {
      const before = reader.bytesRead
      for (let round = 0; round < 200; round++) await turn()
      expect(before).toBeGreaterThan(0)
      expect(reader.bytesRead).toBe(before)
      return before
    })
    expect(carried).toBeLessThanOrEqual(mebibyte)
  })
})
