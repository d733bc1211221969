import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineClient } from '../../../../src/main/engine/client'
import { OutputWatches, UnfinishedLines } from '../../../../src/main/engine/output-watches'
import { EngineServer } from '../../../support/engine-server'

describe('OutputWatches', () => {
  let server: EngineServer
  let client: EngineClient
  let watches: OutputWatches
  /** The attachments so far, each with its container. */
  let attached: { id: string; stream: Duplex; closed: boolean }[]

  beforeEach(async () => {
    server = await EngineServer.listen()
    client = new EngineClient(server.link)
    watches = new OutputWatches(client)
    attached = []
    for (let number = 0; number < 40; number++) {
      const id = `c${String(number)}`
      const open = (stream: Duplex) => {
        const attachment = { id, stream, closed: false }
        attached.push(attachment)
        stream.on('close', () => (attachment.closed = true))
        stream.resume().on('end', () => stream.end())
      }
      server.upgrades.set(`POST /containers/${id}/attach`, { framed: false, open })
    }
    server.server.on('upgrade', ({ url = '' }, socket: Duplex) => {
      if (url.startsWith('/containers/gone/'))
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    })
  })
  afterEach(async () => {
    client.close()
    await server.close()
  })

  const attachments = (count: number) => expect.poll(() => attached.length, { interval: 5 }).toBe(count)
  const open = () => attached.filter(({ closed }) => !closed).map(({ id }) => id)

  it('are attached before the container starts, because the engine attaches no client during a start', async () => {
    let accept = (): void => undefined
    server.server.prependListener('upgrade', (_request, socket: Duplex) => {
      socket.cork()
      accept = () => {
        socket.uncork()
      }
    })
    let mayStart = false
    const began = watches.begin('c1').then(() => (mayStart = true))
    await attachments(1)
    expect(mayStart).toBe(false)
    accept()
    await began
    attached[0]?.stream.end()
    await expect.poll(open).toEqual([])
  })

  it('do not delay the start if the engine refuses to attach them', async () => {
    await watches.begin('gone')
    await watches.begin('gone')
    expect(server.requests).toHaveLength(2)
  })

  it('contain a prompt that was written before the log was followed', async () => {
    await watches.begin('c1')
    await attachments(1)
    attached[0]?.stream.write('Name: ')
    const { lines, release } = watches.follow('c1', () => undefined)
    await expect.poll(() => lines.after('stdout', 0).toString()).toBe('Name: ')
    expect(attached).toHaveLength(1)
    release()
  })

  it('are closed if their container has written much while nobody followed its log', async () => {
    await watches.begin('c1')
    await attachments(1)
    attached[0]?.stream.write('x'.repeat(70_000))
    await expect.poll(open).toEqual([])
    expect(attached).toHaveLength(1)
  })

  it('attach again if their container is restarted, and end if the container stops', async () => {
    await watches.begin('c1')
    await attachments(1)
    await watches.begin('c1')
    attached[0]?.stream.end()
    await attachments(2)
    attached[1]?.stream.end()
    await expect.poll(open).toEqual([])
    await watches.begin('c1')
    await attachments(3)
  })

  it('attach immediately to a container that starts again while its log is followed', async () => {
    const { release } = watches.follow('c1', () => undefined)
    await attachments(1)
    attached[0]?.stream.end()
    await expect.poll(open).toEqual([])
    const before = performance.now()
    await watches.begin('c1')
    await attachments(2)
    expect(performance.now() - before).toBeLessThan(900)
    release()
  })

  it('do not attach again to a missing container whose log nobody follows', async () => {
    await watches.begin('gone')
    expect(server.requests).toHaveLength(1)
    const { release } = watches.follow('gone', () => undefined)
    release()
    await expect.poll(() => client.inFlight).toBe(0)
  })

  it('are limited in number while nobody follows the logs, and the oldest watch ends first', async () => {
    for (let number = 0; number < 40; number++) await watches.begin(`c${String(number)}`)
    await expect.poll(() => open().length, { interval: 5 }).toBe(32)
    expect(open()).not.toContain('c0')
    expect(open()).toContain('c39')
  })

  it('do not count as requests that keep the machine awake', async () => {
    await watches.begin('c1')
    await attachments(1)
    expect(client.inFlight).toBe(0)
  })
})

describe('UnfinishedLines', () => {
  const lines = (...pieces: string[]) => {
    const result = new UnfinishedLines()
    for (const piece of pieces) result.push({ stream: 'stdout', payload: Buffer.from(piece) })
    return result
  }

  it('hold the bytes after the last newline', () => {
    expect(lines('a', 'b\nc', 'd').after('stdout', 0).toString()).toBe('cd')
    expect(lines('a\n').after('stdout', 0).toString()).toBe('')
    expect(lines('a').after('stderr', 0).toString()).toBe('')
  })

  it('leave out the bytes that the log already has', () => {
    expect(lines('abc', 'def').after('stdout', 4).toString()).toBe('ef')
    expect(lines('abc').after('stdout', 10).toString()).toBe('')
  })

  it('hold the last 64 KiB of a long line', () => {
    const long = lines(...Array.from({ length: 70 }, () => 'x'.repeat(1024)), 'end')
    expect(long.after('stdout', 0)).toHaveLength(65_536)
    expect(long.after('stdout', 70 * 1024).toString()).toBe('end')
  })
})
