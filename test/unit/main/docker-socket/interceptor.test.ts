import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  parseTarget,
  rewrittenBodyBytes,
  type RequestInterceptor,
} from '../../../../src/main/docker-socket/interceptor'
import { BerthError } from '../../../../src/shared/errors'
import { connected, listeningSocket, readUntil } from '../../../support/docker-socket'
import { EngineServer } from '../../../support/engine-server'

const create = /^\/containers\/create$/

describe('an interceptor', () => {
  let engine: EngineServer
  let proxy: Awaited<ReturnType<typeof listeningSocket>>
  let bodies: string[]

  const start = async (...interceptors: RequestInterceptor[]) => {
    proxy = await listeningSocket({ openEngine: () => engine.link.openUnixSocket(), interceptors })
  }

  beforeEach(async () => {
    engine = await EngineServer.listen()
    bodies = []
    engine.routes.set('POST /v1.47/containers/create', (request, response) => {
      void text(request).then((body) => {
        bodies.push(`${String(request.headers['content-length'])} ${body}`)
        response.end('created')
      })
    })
  })
  afterEach(async () => {
    await proxy.close()
    await engine.close()
  })

  const head = (framing: string) =>
    `POST /v1.47/containers/create?name=x HTTP/1.1\r\nHost: d\r\n${framing}\r\n\r\n`
  const withLength = (body: string) => head(`Content-Length: ${String(Buffer.byteLength(body))}`) + body

  async function send(...pieces: string[]): Promise<string> {
    const client = await connected(proxy.path)
    for (const piece of pieces)
      await new Promise<void>((resolve) => client.write(piece, () => setImmediate(resolve)))
    client.write('GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n')
    return text(client)
  }

  const hostPaths: RequestInterceptor = {
    method: 'POST',
    path: create,
    rewriteBody: (body) => {
      const create = z.looseObject({ Source: z.string() }).parse(body)
      return { ...create, Source: `/host${create.Source}` }
    },
  }

  it('changes a body and its length, no matter where the request is split', async () => {
    await start(hostPaths)
    const whole = withLength('{"Source":"/집"}')
    for (let at = 1; at < whole.length; at++) await send(whole.slice(0, at), whole.slice(at))
    expect(new Set(bodies)).toEqual(new Set(['22 {"Source":"/host/집"}']))
    expect(bodies).toHaveLength(whole.length - 1)
  })

  it('also changes a chunked body, and leaves the connection usable for another request', async () => {
    await start(hostPaths)
    const answer = await send(
      `${head('Transfer-Encoding: chunked')}5\r\n{"Sou\r\n9\r\nrce":"/"}\r\n0\r\n\r\n`,
    )
    expect(bodies).toEqual(['18 {"Source":"/host/"}'].map((body) => body.replace('18', '19')))
    expect(answer).toMatch(/created[^]*HTTP\/1\.1 404/)
  })

  it('passes on the client’s own bytes if it changes nothing', async () => {
    await start({ method: 'POST', path: create, rewriteBody: (body) => body })
    const body = '{ "a": 1.50,  "a": 2 }'
    await send(withLength(body))
    await send(withLength('not { json'))
    expect(bodies).toEqual([`${String(body.length)} ${body}`, '10 not { json'])
  })

  it('keeps integers that a JavaScript number cannot represent', async () => {
    await start(hostPaths)
    await send(withLength('{"Hard":9223372036854775807,"Text":"9223372036854775807","Soft":-1,"Source":"/"}'))
    expect(bodies[0]).toContain('"Hard":9223372036854775807,"Text":"9223372036854775807","Soft":-1')
  })

  it('can refuse a request with a message, so that the engine never gets the request', async () => {
    await start({
      method: 'POST',
      path: create,
      rewriteBody: () => {
        throw new BerthError('input.invalid', { reason: 'x' })
      },
    })
    expect(await send(withLength('{}'))).toMatch(/^HTTP\/1\.1 400 Bad Request[^]*"message":"/)
    expect(bodies).toEqual([])
  })

  it('refuses a body that is too large', async () => {
    await start(hostPaths)
    const client = await connected(proxy.path)
    client.write(head(`Content-Length: ${String(rewrittenBodyBytes + 1)}`))
    const answer = readUntil(client, '\r\n\r\n')
    client.write(Buffer.alloc(rewrittenBodyBytes + 1, 32))
    expect(await answer).toMatch(/^HTTP\/1\.1 413/)
    client.destroy()
    await once(client, 'close')
    expect(engine.requests).toEqual([])
  })

  it('lets every request that it does not match stream through unchanged', async () => {
    engine.routes.set('POST /build', (request, response) => {
      request.once('data', () => response.end('began'))
    })
    await start(hostPaths)
    const client = await connected(proxy.path)
    client.write('POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 100\r\n\r\nfirst')
    expect(await readUntil(client, 'began')).toContain('200 OK')
    client.destroy()
  })

  it('runs before the engine gets the request, and again before the client gets the answer', async () => {
    const order: string[] = []
    engine.routes.set('POST /containers/web/start', (_request, response) => {
      order.push('engine')
      response.writeHead(204).end()
    })
    await start({
      method: 'POST',
      path: /^\/containers\/([^/]+)\/start$/,
      before: ([id]) => {
        order.push(`before ${id ?? ''}`)
        return Promise.resolve(() => {
          order.push('after')
          return Promise.resolve()
        })
      },
    })
    const client = await connected(proxy.path)
    client.write('POST /containers/web/start HTTP/1.1\r\nHost: d\r\n\r\n')
    await readUntil(client, '204')
    order.push('client')
    client.destroy()
    expect(order).toEqual(['before web', 'engine', 'after', 'client'])
  })

  it('that fails ends the interceptors that have begun earlier', async () => {
    const order: string[] = []
    const path = /./
    const ends = () => Promise.resolve(() => Promise.resolve(void order.push('ended')))
    const fails = () =>
      Promise.reject(
        new BerthError('port.taken', { address: '127.0.0.1', port: 80, protocol: 'tcp', owner: 'x' }),
      )
    await start({ method: 'POST', path, before: ends }, { method: 'POST', path, before: fails })
    const client = await connected(proxy.path)
    client.write('POST /containers/web/start HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n')
    expect(await text(client)).toMatch(/^HTTP\/1\.1 500[^]*address already in use by x/)
    expect(order).toEqual(['ended'])
    expect(engine.requests).toEqual([])
  })
})

describe('a request’s target', () => {
  it.each([
    ['/v1.47/containers/create?name=x', '/containers/create', 'name=x'],
    ['/containers/create', '/containers/create', ''],
    ['/v1.47/containers/%63reate', '/containers/create', ''],
    ['http://docker/v1.47/containers/create?name=x', '/containers/create', 'name=x'],
    ['HTTP://localhost:2375/containers/create', '/containers/create', ''],
    ['/v1.47', '/v1.47', ''],
    ['/%zz', '/%zz', ''],
  ])('%s is split into path and query', (target, path, query) => {
    const request = parseTarget('POST', target)
    expect([request.path, request.query.toString()]).toEqual([path, query])
  })
})
