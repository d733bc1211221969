import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DockerSocketOptions } from '../../../../../src/main/docker-socket/docker-socket'
import { BerthError } from '../../../../../src/shared/errors'
import { connected, listeningSocket, readUntil } from '../../../../support/docker-socket'

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 25_000, interval: 5 })
const agreed = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'
const attach = 'POST /v1.47/containers/x/attach?stdin=1 HTTP/1.1\r\nHost: docker\r\n'
const wanted = 'Connection: Upgrade\r\nUpgrade: tcp\r\n'

describe('a docker client that upgrades its connection', () => {
  let folder: string
  let engine: Server
  let peers: Socket[]
  let proxy: Awaited<ReturnType<typeof listeningSocket>>

  const start = async (options: Partial<DockerSocketOptions> = {}) => {
    proxy = await listeningSocket({
      openEngine: () => connected(join(folder, 'engine.sock')),
      ...options,
    })
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-engine-'))
    peers = []
    engine = createServer({ allowHalfOpen: true }, (peer) => {
      peer.on('error', () => peer.destroy())
      peers.push(peer)
    })
    await new Promise<void>((resolve) => engine.listen(join(folder, 'engine.sock'), resolve))
  })
  afterEach(async () => {
    vi.useRealTimers()
    await proxy.close()
    for (const peer of peers) peer.destroy()
    engine.close()
    await rm(folder, { recursive: true })
  })

  async function peer(index = 0): Promise<Socket> {
    await eventually(() => peers.length).toBeGreaterThan(index)
    const found = peers[index]
    if (found === undefined) throw new Error('no connection')
    return found
  }

  async function upgraded(index = 0): Promise<{ client: Socket; engineSide: Socket }> {
    const client = await connected(proxy.path)
    client.write(`${attach}${wanted}\r\n`)
    const engineSide = await peer(index)
    expect(await readUntil(engineSide, '\r\n\r\n')).toBe(`${attach}${wanted}Content-Length: 0\r\n\r\n`)
    engineSide.write(agreed)
    expect(await readUntil(client, '\r\n\r\n')).toBe(agreed)
    return { client, engineSide }
  }

  it('gets the engine’s own 101 response, and then every byte unchanged', async () => {
    await start()
    const { client, engineSide } = await upgraded()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('latin1')
    client.write(bytes, 'latin1')
    expect(await readUntil(engineSide, bytes)).toBe(bytes)
    engineSide.write(`GET / HTTP/1.1\r\n\r\n${bytes}`, 'latin1')
    expect(await readUntil(client, bytes)).toBe(`GET / HTTP/1.1\r\n\r\n${bytes}`)
    client.destroy()
  })

  it('may end its input and continue to read', async () => {
    await start()
    const { client, engineSide } = await upgraded()
    engineSide.on('end', () => engineSide.end('all of it'))
    engineSide.resume()
    client.end('input')
    expect(await text(client)).toBe('all of it')
    await eventually(() => [proxy.socket.connections, proxy.socket.activity.inFlight]).toEqual([0, 0])
  })

  it('may continue to write after the output has ended', async () => {
    await start()
    const { client, engineSide } = await upgraded()
    engineSide.end('last words')
    expect(await readUntil(client, 'last words')).toBe('last words')
    client.end('still here')
    expect(await text(engineSide)).toBe('still here')
  })

  it('leaves no open connection after it has disconnected, even if the engine sends nothing', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    await start()
    const { client, engineSide } = await upgraded()
    engineSide.resume()
    client.end()
    await once(engineSide, 'end')
    // A client that has only ended its input stays connected.
    vi.advanceTimersByTime(10_000)
    engineSide.write('output')
    expect(await readUntil(client, 'output')).toBe('output')
    client.destroy()
    await once(client, 'close')
    vi.advanceTimersByTime(10_000)
    await eventually(() => [proxy.socket.connections, proxy.socket.activity.inFlight]).toEqual([0, 0])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('loses its connection if the connection to the engine breaks', async () => {
    await start()
    const { client, engineSide } = await upgraded()
    const end = text(client)
    engineSide.destroy()
    expect(await end).toBe('')
    await eventually(() => proxy.socket.connections).toBe(0)
  })

  it.each(['in one piece', 'byte by byte'])(
    'may send the input directly after a chunked body, written %s',
    async (how) => {
      await start()
      const client = await connected(proxy.path)
      const head = `POST /exec/1/start HTTP/1.1\r\nHost: d\r\n${wanted}`
      const chunks = '6;x=y\r\n{"Tty"\r\nA\r\n:true    }\r\n0\r\nTrailer: x\r\n\r\n'
      const all = `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}input`
      if (how === 'in one piece') client.write(all)
      else
        for (const byte of all)
          await new Promise<void>((resolve) => client.write(byte, () => setImmediate(resolve)))
      const engineSide = await peer()
      expect(await readUntil(engineSide, '}')).toBe(`${head}Content-Length: 16\r\n\r\n{"Tty":true    }`)
      engineSide.write(agreed)
      expect(await readUntil(engineSide, 'input')).toBe('input')
      client.destroy()
    },
  )

  it('may use HTTP/1.0, because Berth adds the Host header for the engine', async () => {
    await start()
    const client = await connected(proxy.path)
    client.write(`POST /containers/x/attach HTTP/1.0\r\n${wanted}\r\n`)
    expect(await readUntil(await peer(), '\r\n\r\n')).toMatch(/^POST [^]*HTTP\/1\.1\r\nHost: docker\r\n/)
    client.destroy()
  })

  it('gets no upgrade if an interceptor handles the request', async () => {
    const seen: unknown[] = []
    await start({
      interceptors: [
        {
          method: 'POST',
          path: /^\/containers\/create$/,
          rewriteBody: (body) => {
            seen.push(body)
            return body
          },
        },
      ],
    })
    const client = await connected(proxy.path)
    client.write(
      `POST /v1.47/containers/create HTTP/1.1\r\nHost: d\r\n${wanted}Content-Length: 11\r\n\r\n{"Image":1}`,
    )
    expect(await readUntil(await peer(), '{"Image":1}')).not.toMatch(/upgrade/i)
    expect(seen).toEqual([{ Image: 1 }])
    client.destroy()
  })

  it.each(['in one piece', 'byte by byte'])(
    'may send the input directly after a body with a length, written %s',
    async (how) => {
      await start()
      const client = await connected(proxy.path)
      const body = '{"Detach":false,"Tty":true}'
      const head = `POST /exec/1/start HTTP/1.1\r\nHost: d\r\n${wanted}Content-Length: ${String(body.length)}\r\n\r\n`
      const all = `${head}${body}input`
      if (how === 'in one piece') client.write(all)
      else
        for (const byte of all)
          await new Promise<void>((resolve) => client.write(byte, () => setImmediate(resolve)))
      const engineSide = await peer()
      expect(await readUntil(engineSide, body)).toBe(head + body)
      engineSide.write(agreed)
      expect(await readUntil(engineSide, 'input')).toBe('input')
      client.destroy()
    },
  )

  it('gets the engine’s refusal with its status and body', async () => {
    await start()
    const client = await connected(proxy.path)
    client.write(`${attach}${wanted}\r\n`)
    const engineSide = await peer()
    await readUntil(engineSide, '\r\n\r\n')
    engineSide.write('HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n')
    expect(await text(client)).toBe('HTTP/1.1 409 Conflict\r\nConnection: close\r\n\r\n{}')
  })

  it('gets an error in the engine’s format if there is no engine', async () => {
    await start({ openEngine: () => Promise.reject(new BerthError('machine.not-running')) })
    const client = await connected(proxy.path)
    client.write(`${attach}${wanted}\r\n`)
    const answer = await text(client)
    expect(answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(answer).toMatch(/\{"message":"The machine is not running\. [^"]+"\}\n$/)
  })

  it('is refused if the body of its request is invalid or too large', async () => {
    await start()
    for (const chunks of ['zz\r\n', '1\r\nabc', '-1\r\n', '\r\n', '1 2\r\n', 'fffffffff\r\n']) {
      const chunked = await connected(proxy.path)
      chunked.write(`${attach}${wanted}Transfer-Encoding: chunked\r\n\r\n${chunks}`)
      expect(await text(chunked)).toMatch(/^HTTP\/1\.1 400/)
    }
    const encoded = await connected(proxy.path)
    encoded.write(`${attach}${wanted}Transfer-Encoding: gzip, chunked\r\n\r\n`)
    expect(await text(encoded)).toMatch(/^HTTP\/1\.1 400/)
    const endless = await connected(proxy.path)
    endless.write(`${attach}${wanted}Transfer-Encoding: chunked\r\n\r\nfffffff\r\n${'x'.repeat(5_000_000)}`)
    expect(await text(endless)).toMatch(/^HTTP\/1\.1 413/)
    const large = await connected(proxy.path)
    large.write(`${attach}${wanted}Content-Length: 999999999\r\n\r\n`)
    expect(await text(large)).toMatch(/^HTTP\/1\.1 413/)
    expect(peers).toHaveLength(0)
  })

  it('leaves no open connection if it disconnects in the middle of its request', async () => {
    await start()
    const client = await connected(proxy.path)
    client.write(`${attach}${wanted}Content-Length: 10\r\n\r\n12345`)
    await eventually(() => proxy.socket.activity.inFlight).toBe(1)
    client.destroy()
    await eventually(() => [proxy.socket.activity.inFlight, proxy.socket.connections]).toEqual([0, 0])
    expect(peers).toHaveLength(0)
  })

  it('gets a normal answer if it only offers an upgrade, as Java’s and Apache’s clients do', async () => {
    await start()
    const client = await connected(proxy.path)
    const offers = [
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n',
      'Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n',
    ]
    for (const offer of offers) {
      client.write(
        `POST /load HTTP/1.1\r\nHost: d\r\n${offer}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`,
      )
      const engineSide = await peer()
      const request = await readUntil(engineSide, '0\r\n\r\n')
      expect(request).toMatch(/^POST \/load[^]*4\r\nbody/)
      expect(request).not.toMatch(/upgrade/i)
      engineSide.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      expect(await readUntil(client, '\r\n\r\nok')).toMatch(/^HTTP\/1\.1 200 OK/)
    }
    client.destroy()
    await eventually(() => [proxy.socket.activity.inFlight, proxy.socket.connections]).toEqual([0, 0])
  })
})
