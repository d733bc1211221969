import { once } from 'node:events'
import { Readable, type Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { EngineClient } from '../../../../src/main/engine/client'
import { BerthError } from '../../../../src/shared/errors'
import { answer, EngineServer } from '../../../support/engine-server'

const anything = z.object({ value: z.number() })
const get = { method: 'GET', path: '/value' } as const

describe('EngineClient', () => {
  let server: EngineServer
  let client: EngineClient

  beforeEach(async () => {
    server = await EngineServer.listen()
    client = new EngineClient(server.link)
  })
  afterEach(async () => {
    client.close()
    await server.close()
  })

  it('validates the engine’s answers', async () => {
    server.json('GET /value', { value: 1, more: true })
    expect(await client.json(get, anything)).toEqual({ value: 1 })
    server.json('GET /value', { value: 'one' })
    await expect(client.json(get, anything)).rejects.toMatchObject({ code: 'engine.error' })
    server.routes.set('GET /value', (_request, response) => response.end('<html>'))
    await expect(client.json(get, anything)).rejects.toMatchObject({ code: 'engine.error', detail: '<html>' })
  })

  it('uses one connection for successive calls', async () => {
    server.json('GET /value', { value: 1 })
    for (let call = 0; call < 5; call++) await client.json(get, anything)
    expect(server.connections).toBe(1)
  })

  it('repeats a request if the engine has closed the idle connection', async () => {
    server.json('GET /value', { value: 1 })
    await client.json(get, anything)
    server.routes.set('GET /value', (request, response) => {
      if (server.connections === 1) request.socket.destroy()
      else answer(response, 200, { value: 2 })
    })
    expect(await client.json(get, anything)).toEqual({ value: 2 })
  })

  it.each(['before the answer', 'within the answer'])(
    'repeats a request if the link breaks %s',
    async (moment) => {
      const streams: Duplex[] = []
      const lossy = new EngineClient({
        openUnixSocket: async () => {
          const stream = await server.link.openUnixSocket()
          streams.push(stream)
          return stream
        },
      })
      let asked = 0
      server.routes.set('GET /value', (_request, response) => {
        asked++
        if (asked > 1) {
          answer(response, 200, { value: asked })
          return
        }
        if (moment === 'within the answer') {
          response.writeHead(200, { 'content-length': 1000 })
          response.write('{"value":')
        }
        setTimeout(() => streams[0]?.destroy(new BerthError('machine.connection-lost')), 50)
      })
      expect(await lossy.json(get, anything)).toEqual({ value: 2 })
      lossy.close()
    },
  )

  it('does not repeat a request that may have had an effect', async () => {
    server.json('GET /value', { value: 1 })
    await client.json(get, anything)
    let posts = 0
    server.routes.set('POST /value', (request) => {
      posts++
      request.socket.destroy()
    })
    await expect(client.call({ method: 'POST', path: '/value' })).rejects.toMatchObject({
      code: 'engine.unreachable',
    })
    expect(posts).toBe(1)
  })

  it('fails if an answer is cut off, and does not wait for the rest', async () => {
    server.routes.set('GET /value', (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('{"value":', () => response.destroy())
    })
    await expect(client.json(get, anything)).rejects.toMatchObject({ code: 'engine.unreachable' })
  })

  it('passes on the reason why there is no connection', async () => {
    const lost = new BerthError('machine.connection-lost')
    const unreachable = new EngineClient({ openUnixSocket: () => Promise.reject(lost) })
    await expect(unreachable.call(get)).rejects.toBe(lost)
  })

  it('reports a refusal with the engine’s status and message', async () => {
    server.json('GET /value', { message: 'no such thing' }, 404)
    await expect(client.call(get)).rejects.toMatchObject({ status: 404, message: 'no such thing' })
    server.routes.set('GET /value', (_request, response) => response.writeHead(500).end('plain words\n'))
    await expect(client.call(get)).rejects.toMatchObject({ status: 500, message: 'plain words' })
  })

  it('escapes the query and omits undefined values', async () => {
    server.json('GET /value', { value: 1 })
    await client.call({ ...get, query: { a: 'x y&z', b: undefined, c: false } })
    expect(server.requests).toEqual(['GET /value?a=x+y%26z&c=false'])
  })

  it('sends a stream piece by piece, and reads an answer that arrives before the stream has ended', async () => {
    let received = ''
    server.routes.set('POST /value', (request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.toString()))
      request.on('end', () => {
        answer(response, 200, {})
      })
    })
    await client.call({ method: 'POST', path: '/value', body: Readable.from(['one ', 'two']) })
    expect(received).toBe('one two')

    server.routes.set('POST /value', (_request, response) => {
      answer(response, 400, { message: 'not a tar archive' })
    })
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(65_536))
      },
    })
    await expect(client.call({ method: 'POST', path: '/value', body: endless })).rejects.toMatchObject({
      status: 400,
    })
    endless.destroy()
  })

  it('fails if the stream that it sends fails', async () => {
    server.routes.set('POST /value', (request) => request.resume())
    const body = new Readable({
      read() {
        this.destroy(new BerthError('upload.not-found'))
      },
    })
    await expect(client.call({ method: 'POST', path: '/value', body })).rejects.toMatchObject({
      code: 'upload.not-found',
    })
  })

  it('ends a call when its signal aborts, before or during the answer', async () => {
    const before = new AbortController()
    server.routes.set('GET /value', () => {
      before.abort()
    })
    await expect(client.call({ ...get, signal: before.signal })).rejects.toMatchObject({ name: 'AbortError' })

    const inside = new AbortController()
    server.routes.set('GET /value', (_request, response) => {
      response.write('{', () => {
        inside.abort()
      })
    })
    await expect(client.call({ ...get, signal: inside.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('turns a connection into a stream that includes the bytes that arrived with the answer', async () => {
    server.server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello')
      socket.on('data', (chunk: Buffer) => socket.end(`, ${chunk.toString()}`))
    })
    const stream = await client.upgrade({ method: 'POST', path: '/exec/1/start', body: {} })
    let text = ''
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    stream.write('world')
    await once(stream, 'end')
    expect(text).toBe('hello, world')
  })

  it('reports a refused upgrade', async () => {
    server.server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 409 Conflict\r\nContent-Length: 24\r\n\r\n{"message":"is stopped"}')
    })
    await expect(client.upgrade({ method: 'POST', path: '/exec/1/start' })).rejects.toMatchObject({
      status: 409,
      message: 'is stopped',
    })
  })
})
