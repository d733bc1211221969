import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from '../../../../src/main/lib/net'
import { firstLine, join, type JoinOptions, readLines } from '../../../../src/main/lib/streams'

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

/** Returns the data that a socket receives until its end. Unlike node:stream/consumers it leaves the socket open. */
async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(socket, 'end')
  return text
}

describe('a client and a stream that are joined', () => {
  async function joined(options?: JoinOptions) {
    const [outside, client] = await connection()
    const [stream, inside] = await connection()
    join(client, stream, options)
    return { outside, client, stream, inside }
  }

  it('carry bytes in both directions, and end each direction separately', async () => {
    const { outside, inside } = await joined()
    outside.end('question')
    expect(await received(inside)).toBe('question')
    inside.end('answer')
    expect(await received(outside)).toBe('answer')
  })

  it('still carry the answer after the client has stopped sending, and then end this direction, too', async () => {
    const { outside, client, stream, inside } = await joined()
    outside.end()
    inside.end('answer')
    expect(await received(outside)).toBe('answer')
    if (!stream.closed) await once(stream, 'close')
    expect(client.writableEnded).toBe(true)
  })

  it('close the client after a clean end of the stream, if `closeAfterEnd` is set', async () => {
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

  it.each([true, false])(
    'close the client when the stream fails, with a reset only if `passResets` is set: passResets = %s',
    async (passResets) => {
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
    },
  )

  it('destroy the stream if the client is already closed', async () => {
    const [, client] = await connection()
    const [stream] = await connection()
    client.destroy()
    join(client, stream)
    expect(stream.destroyed).toBe(true)
  })
})

describe('the lines of a stream', () => {
  async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
    const stream = new PassThrough()
    const lines: string[] = []
    readLines(stream, (line) => lines.push(line))
    for (const chunk of chunks) stream.write(chunk)
    stream.end()
    await once(stream, 'end')
    return lines
  }

  it('are found no matter where the chunks are cut', async () => {
    expect(await linesOf('on', 'e\r\ntwo\n\nthr', 'ee')).toEqual(['one', 'two', '', 'three'])
    const euro = Buffer.from('€')
    expect(await linesOf(euro.subarray(0, 1), euro.subarray(1))).toEqual(['€'])
  })

  it('can be read one at first, and the rest stays in the stream', async () => {
    const stream = new PassThrough()
    const line = firstLine(stream)
    for (const chunk of ['on', 'e\nrest', ' of it']) stream.write(chunk)
    stream.end()
    expect(await line).toBe('one\n')
    expect(await text(stream)).toBe('rest of it')
  })

  it('have no first line if the stream ends or fails before its end', async () => {
    const ended = new PassThrough()
    ended.end('one')
    expect(await firstLine(ended)).toBe('one')
    const failed = new PassThrough()
    failed.on('error', () => undefined)
    const line = firstLine(failed)
    failed.destroy(new Error('lost'))
    expect(await line).toBe('')
  })

  it('keep only their last million characters if they are longer', async () => {
    const [line] = await linesOf('x'.repeat(1_000_001))
    expect(line).toHaveLength(1_000_000)
  })
})
