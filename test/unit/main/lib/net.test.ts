import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { bind, freePort, join, type JoinOptions, listen } from '../../../../src/main/lib/net'

const host = '127.0.0.1'
const opened: (Server | Socket)[] = []

afterEach(() => {
  for (const each of opened.splice(0)) {
    if ('destroy' in each) each.destroy()
    else each.close()
  }
})

function server(): Server {
  const created = createServer({ allowHalfOpen: true })
  opened.push(created)
  return created
}

/** Both ends of a connection. */
async function connection(): Promise<[Socket, Socket]> {
  const listener = server()
  const port = await listen(listener, { port: 0, host })
  const near = connect({ port, host, allowHalfOpen: true })
  const [far] = (await once(listener, 'connection')) as [Socket]
  opened.push(near, far)
  return [near, far]
}

/** What a socket receives until its end. Unlike node:stream/consumers it leaves the socket open. */
async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(socket, 'end')
  return text
}

describe('listening', () => {
  it('resolves with the port', async () => {
    const listener = server()
    const port = await listen(listener, { port: 0, host })
    expect(listener.address()).toMatchObject({ port })
    await expect(listen(server(), { port, host })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it.skipIf(process.platform === 'win32')('is possible on a path', async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), 'berth-net-'))
    expect(await listen(server(), { path: joinPath(folder, 'socket') })).toBe(0)
    rmSync(folder, { recursive: true })
  })

  it('finds a free port', async () => {
    const port = await freePort()
    expect(await listen(server(), { port, host })).toBe(port)
  })

  it('is possible for datagrams', async () => {
    const [first, second] = [createSocket('udp4'), createSocket('udp4')]
    const port = await bind(first, { port: 0, address: host })
    expect(port).toBe(first.address().port)
    await expect(bind(second, { port, address: host })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    first.close()
    second.close()
  })
})

describe('a client and a stream that are joined', () => {
  async function joined(options?: JoinOptions) {
    const [outside, client] = await connection()
    const [stream, inside] = await connection()
    join(client, stream, options)
    return { outside, client, stream, inside }
  }

  it('carry bytes both ways, and end each direction on its own', async () => {
    const { outside, inside } = await joined()
    outside.end('question')
    expect(await received(inside)).toBe('question')
    inside.end('answer')
    expect(await received(outside)).toBe('answer')
  })

  it('let a client send on after a clean end of the stream', async () => {
    const { outside, client, stream, inside } = await joined()
    outside.end()
    inside.end('answer')
    expect(await received(outside)).toBe('answer')
    if (!stream.closed) await once(stream, 'close')
    expect(client.writableEnded).toBe(true)
  })

  it('close the client after a clean end of the stream, if so wished', async () => {
    const { outside, client, stream, inside } = await joined({ closeAfterEnd: true })
    const answer = received(outside)
    inside.end('x'.repeat(1 << 20))
    inside.resume()
    stream.once('end', () => stream.destroy())
    expect(await answer).toHaveLength(1 << 20)
    if (!client.closed) await once(client, 'close')
  })

  it('close the stream when the client closes', async () => {
    const { client, stream } = await joined()
    client.destroy()
    await once(stream, 'close')
  })

  it.each([true, false])('pass a failure of the stream on, as a reset: %s', async (passResets) => {
    const { outside, client, stream, inside } = await joined({ passResets })
    const failure = new Promise<Error | undefined>((resolve) => {
      outside.once('error', resolve).once('end', () => {
        resolve(undefined)
      })
    })
    outside.resume()
    inside.resetAndDestroy()
    if (!client.closed) await once(client, 'close')
    expect(stream.destroyed).toBe(true)
    expect((await failure)?.message).toBe(passResets ? 'read ECONNRESET' : undefined)
  })

  it('destroy the stream of a client that has left', async () => {
    const [, client] = await connection()
    const [stream] = await connection()
    client.destroy()
    join(client, stream)
    expect(stream.destroyed).toBe(true)
  })
})
