import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DockerSocketOptions } from '../../../../../src/main/docker-socket/docker-socket'
import { delay } from '../../../../../src/main/lib'
import { BerthError } from '../../../../../src/shared/errors'
import { connected, listeningSocket, readUntil } from '../../../../support/docker-socket'
import { EngineServer } from '../../../../support/engine-server'

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 25_000, interval: 5 })

describe('a docker client’s request', () => {
  let engine: EngineServer
  let proxy: Awaited<ReturnType<typeof listeningSocket>>

  const start = async (options: Partial<DockerSocketOptions> = {}) => {
    proxy = await listeningSocket({ openEngine: () => engine.link.openUnixSocket(), ...options })
  }

  beforeEach(async () => {
    engine = await EngineServer.listen()
  })
  afterEach(async () => {
    await proxy.close()
    await engine.close()
  })

  function send(options: http.RequestOptions): http.ClientRequest {
    return http.request({ agent: false, socketPath: proxy.path, ...options })
  }

  async function answerTo(request: http.ClientRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request.once('response', resolve)
      request.once('error', reject)
    })
  }

  async function get(path: string): Promise<{ status: number | undefined; body: string }> {
    const request = send({ path })
    request.end()
    const answer = await answerTo(request)
    return { status: answer.statusCode, body: await text(answer) }
  }

  /** Sends these pieces, and returns all raw bytes until the connection ends. */
  async function raw(...pieces: string[]): Promise<string> {
    const client = await connected(proxy.path)
    for (const piece of pieces) client.write(piece)
    return text(client)
  }

  it('and its answer are passed on with unchanged headers', async () => {
    let seen: string[] = []
    engine.routes.set('GET /v1.47/info', (request, response) => {
      seen = request.rawHeaders
      response.writeHead(203, 'As It Were', ['X-Two', 'a', 'X-Two', 'b', 'Content-Length', '2'])
      response.end('{}')
    })
    await start()
    const answer = await raw(
      'GET /v1.47/info?x=%2F HTTP/1.1\r\nHost: docker\r\nX-REGISTRY-Auth: e30=\r\nConnection: close\r\n\r\n',
    )
    expect(engine.requests).toEqual(['GET /v1.47/info?x=%2F'])
    expect(seen.slice(0, 4)).toEqual(['Host', 'docker', 'X-REGISTRY-Auth', 'e30='])
    expect(answer).toMatch(/^HTTP\/1\.1 203 As It Were\r\nX-Two: a\r\nX-Two: b\r\nContent-Length: 2\r\n/)
    expect(answer).toMatch(/\r\n\r\n\{\}$/)
  })

  it('shares its connection to the engine with later requests', async () => {
    engine.json('GET /a', 1)
    await start()
    for (let count = 0; count < 5; count++) expect((await get('/a')).body).toBe('1')
    expect(engine.connections).toBe(1)
  })

  it('may be one of a hundred simultaneous requests', async () => {
    engine.json('GET /a', 'x'.repeat(10_000))
    await start()
    const answers = await Promise.all(Array.from({ length: 100 }, () => get('/a')))
    expect(answers.every(({ status, body }) => status === 200 && body.length === 10_002)).toBe(true)
    await eventually(() => proxy.socket.activity.inFlight).toBe(0)
  })

  it('without a body reaches the engine without a body', async () => {
    engine.routes.set('POST /containers/x/start', (request, response) => {
      response.writeHead(204, { 'x-length': String(request.headers['content-length']) })
      response.end()
    })
    await start()
    const answer = await raw(
      'POST /containers/x/start HTTP/1.1\r\nHost: d\r\n\r\n',
      'POST /containers/x/start HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n',
    )
    // After an answer without a body, the connection can serve another request.
    expect(answer.match(/204 No Content\r\nx-length: 0/g)).toHaveLength(2)
  })

  it('streams chunked bodies in both directions simultaneously, with trailers', async () => {
    engine.routes.set('POST /build', (request, response) => {
      response.writeHead(200, { trailer: 'X-End' })
      request.on('data', (piece: Buffer) => response.write(`got ${piece.toString()};`))
      request.on('end', () => {
        response.addTrailers({ 'X-End': request.trailers['x-sum'] ?? 'none' })
        response.end()
      })
    })
    await start()
    const client = await connected(proxy.path)
    client.write('POST /build HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n')
    client.write('3\r\none\r\n')
    await readUntil(client, 'got one;')
    client.write('3\r\ntwo\r\n')
    await readUntil(client, 'got two;')
    client.write('0\r\nX-Sum: 42\r\n\r\n')
    expect(await readUntil(client, '\r\n\r\n')).toContain('X-End: 42')
    client.destroy()
  })

  it('gets the head of a stream’s response before the stream’s first byte', async () => {
    engine.routes.set('GET /events', (_request, response) => {
      response.flushHeaders()
    })
    await start()
    const client = await connected(proxy.path)
    client.write('GET /events HTTP/1.1\r\nHost: d\r\n\r\n')
    expect(await readUntil(client, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    client.destroy()
  })

  it('is cancelled at the engine if the client leaves before or during the answer', async () => {
    const closed: string[] = []
    const hang = (name: string, begin: (response: ServerResponse) => void) => {
      engine.routes.set(`GET /${name}`, (_request, response) => {
        response.once('close', () => closed.push(name))
        begin(response)
      })
    }
    hang('logs', (response) => response.write('a line\n'))
    hang('wait', () => undefined)
    await start()
    const reader = await connected(proxy.path)
    reader.write('GET /logs HTTP/1.1\r\nHost: d\r\n\r\n')
    await readUntil(reader, 'a line')
    reader.destroy()
    await eventually(() => closed).toEqual(['logs'])
    // `GET /wait` reuses the connection of `GET /a`. Berth repeats a request if a reused connection was closed, but not
    // if the client has left.
    engine.json('GET /a', 1)
    await get('/a')
    const connections = engine.connections
    const waiter = await connected(proxy.path)
    waiter.write('GET /wait HTTP/1.1\r\nHost: d\r\n\r\n')
    await eventually(() => engine.requests.at(-1)).toBe('GET /wait')
    waiter.end()
    await eventually(() => closed).toEqual(['logs', 'wait'])
    expect([engine.connections, engine.requests]).toEqual([connections, ['GET /logs', 'GET /a', 'GET /wait']])
    await eventually(() => [proxy.socket.activity.inFlight, proxy.socket.connections]).toEqual([0, 0])
  })

  it('pauses while the engine does not read, and its answer pauses while the client does not read', async () => {
    const engineReads: IncomingMessage[] = []
    engine.routes.set('POST /load', (request) => {
      engineReads.push(request)
    })
    let written = 0
    engine.routes.set('GET /save', (_request, response) => {
      const fill = () => {
        while (written < 64e6) {
          written += 65_536
          if (!response.write(Buffer.alloc(65_536))) break
        }
      }
      response.on('drain', fill)
      fill()
    })
    await start()
    const upload = send({ path: '/load', method: 'POST' })
    let sent = 0
    const pump = () => {
      while (sent < 64e6) {
        sent += 65_536
        if (!upload.write(Buffer.alloc(65_536))) break
      }
    }
    upload.on('drain', pump).on('error', () => undefined)
    pump()
    const download = await connected(proxy.path)
    download.pause()
    download.write('GET /save HTTP/1.1\r\nHost: d\r\n\r\n')
    await eventually(() => engineReads.length).toBe(1)
    await settled(() => sent + written)
    expect(sent).toBeLessThan(8e6)
    expect(written).toBeLessThan(8e6)
    upload.destroy()
    download.destroy()
  })

  it('gets the engine’s refusal even before the complete body was sent', async () => {
    engine.routes.set('POST /build', (_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json', connection: 'close' })
      response.end('{"message":"no such builder"}')
    })
    await start()
    const request = send({ path: '/build', method: 'POST' })
    request.on('error', () => undefined)
    request.write(Buffer.alloc(3e6))
    const answer = await answerTo(request)
    expect(answer.statusCode).toBe(400)
    expect(await text(answer)).toBe('{"message":"no such builder"}')
    request.destroy()
    await eventually(() => proxy.socket.activity.inFlight).toBe(0)
  })

  it('with `Expect: 100-continue` gets the engine’s own decision', async () => {
    engine.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/no') {
        response.writeHead(417).end()
        return
      }
      response.writeContinue()
      void text(request).then((body) => response.end(`took ${body}`))
    })
    await start()
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`
    const client = await connected(proxy.path)
    client.write(head('/yes'))
    expect(await readUntil(client, '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.write('body')
    expect(await readUntil(client, 'took')).toContain('200 OK')
    client.destroy()
    const refused = await connected(proxy.path)
    refused.write(head('/no'))
    expect(await readUntil(refused, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 417/)
    refused.destroy()
  })

  it('is repeated if the engine has just closed the reused connection', async () => {
    engine.json('GET /a', 1)
    await start()
    expect((await get('/a')).status).toBe(200)
    engine.server.closeIdleConnections()
    expect((await get('/a')).status).toBe(200)
  })

  it('gets an error in the engine’s format if the connection breaks before the answer', async () => {
    engine.routes.set('POST /containers/x/start', () => {
      engine.dropConnections()
    })
    await start()
    const request = send({ path: '/containers/x/start', method: 'POST' })
    request.end()
    const answer = await answerTo(request)
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(JSON.parse(await text(answer))).toEqual({ message: expect.stringMatching(/engine/i) as string })
  })

  it('fails, and does not end normally, if the connection breaks during the answer', async () => {
    engine.routes.set('GET /logs', (_request, response) => {
      response.write('half', () => {
        engine.dropConnections()
      })
    })
    await start()
    const request = send({ path: '/logs' })
    request.end()
    await expect(text(await answerTo(request))).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('may get an answer without a length, which ends when the connection closes', async () => {
    engine.routes.set('POST /attach', (_request, response) => {
      response.useChunkedEncodingByDefault = false
      response.writeHead(200, { 'content-type': 'application/vnd.docker.raw-stream', connection: 'close' })
      response.end('raw')
    })
    await start()
    const answer = await raw('POST /attach HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n')
    expect(answer).toMatch(/raw-stream\r\n[^]*connection: close\r\n\r\nraw$/i)
    expect(answer).not.toContain('chunked')
  })

  it('waits for `beforeRequest`, or is refused with the error of `beforeRequest`', async () => {
    engine.json('GET /a', 1)
    let allow = (): void => undefined
    await start({ beforeRequest: () => new Promise((resolve) => (allow = resolve)) })
    const waiting = get('/a')
    await eventually(() => proxy.socket.activity.inFlight).toBe(1)
    expect(engine.requests).toEqual([])
    allow()
    expect((await waiting).status).toBe(200)
    await proxy.close()
    await start({ beforeRequest: () => Promise.reject(new BerthError('machine.not-running')) })
    const { status, body } = await get('/a')
    expect(status).toBe(503)
    expect(JSON.parse(body)).toEqual({
      message: 'The machine is not running. Start the machine and try again.',
    })
  })

  it('is answered although its observer fails', async () => {
    engine.json('GET /a', 1)
    const fail = () => {
      throw new Error('a fault of the observer')
    }
    const observed = { ready: fail, sent: fail, answered: fail, relayed: fail }
    await start({ observer: { observe: () => observed } })
    expect((await get('/a')).status).toBe(200)
    await proxy.close()
    await start({ observer: { observe: fail } })
    expect((await get('/a')).status).toBe(200)
  })

  it('ends for its observer if the client leaves, before and while the engine works', async () => {
    engine.routes.set('POST /slow', () => undefined)
    let allow = (): void => undefined
    const failures: unknown[] = []
    const observed = { failed: (error: unknown) => failures.push(error) }
    await start({
      beforeRequest: () => new Promise((resolve) => (allow = resolve)),
      observer: { observe: () => observed },
    })
    for (const leaves of ['early', 'late']) {
      const request = send({ path: '/slow', method: 'POST' }).on('error', () => undefined)
      request.end()
      await eventually(() => proxy.socket.activity.inFlight).toBe(1)
      if (leaves === 'late') {
        const before = engine.requests.length
        allow()
        await eventually(() => engine.requests.length).toBe(before + 1)
      }
      request.destroy()
      await eventually(() => proxy.socket.activity.inFlight).toBe(0)
      allow()
    }
    await eventually(() => failures).toMatchObject([
      { code: 'docker.client-left' },
      { code: 'docker.client-left' },
    ])
  })

  it('may have very large headers, for example with the logins of many registries', async () => {
    engine.routes.set('POST /build', (request, response) => {
      response.end(String(request.headers['x-registry-config']?.length))
    })
    await start()
    const request = send({
      path: '/build',
      method: 'POST',
      headers: { 'X-Registry-Config': 'x'.repeat(12_000) },
    })
    request.end()
    expect(await text(await answerTo(request))).toBe('12000')
  })

  it('counts as work until the engine has answered it, unless it only listens for events', async () => {
    const answers: http.ServerResponse[] = []
    const hold = (_request: IncomingMessage, response: http.ServerResponse) => {
      response.flushHeaders()
      answers.push(response)
    }
    engine.routes.set('GET /v1.47/events', hold).set('POST /v1.47/containers/a/wait', hold)
    await start()
    const { activity } = proxy.socket
    const events = send({ path: '/v1.47/events?filters=x' })
    events.end()
    await answerTo(events)
    expect([activity.inFlight, activity.working]).toEqual([1, 0])
    const wait = send({ method: 'POST', path: '/v1.47/containers/a/wait' })
    wait.end()
    await answerTo(wait)
    expect([activity.inFlight, activity.working]).toEqual([2, 1])
    for (const answer of answers) answer.end()
    await eventually(() => [activity.inFlight, activity.working]).toEqual([0, 0])
    events.destroy()
    wait.destroy()
  })

  it('of HTTP/1.0, which health checks send, reaches the engine as HTTP/1.1', async () => {
    engine.routes.set('GET /_ping', (request, response) => {
      response.end(`${request.httpVersion} ${String(request.headers.host)}`)
    })
    await start()
    expect(await raw('GET /_ping HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200[\s\S]*\r\n\r\n1\.1 docker$/)
  })

  it('that is not HTTP is refused', async () => {
    await start()
    expect(await raw('what is this\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/)
  })

  it('is answered in order if the client sends several requests without waiting', async () => {
    engine.routes.set('GET /slow', (_request, response) => setImmediate(() => response.end('slow')))
    engine.routes.set('GET /fast', (_request, response) => response.end('fast'))
    await start()
    const answer = await raw(
      'GET /slow HTTP/1.1\r\nHost: d\r\n\r\nGET /fast HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n',
    )
    expect(answer.indexOf('slow')).toBeGreaterThan(0)
    expect(answer.indexOf('fast')).toBeGreaterThan(answer.indexOf('slow'))
  })
})

/** Resolves when a number has stayed the same for a while. */
async function settled(read: () => number): Promise<void> {
  let [last, same] = [read(), 0]
  while (same < 20) {
    await delay(5)
    same = read() === last ? same + 1 : 0
    last = read()
  }
}
