import http2, { type ServerHttp2Stream } from 'node:http2'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callBuildKit, GrpcMessages } from '../../../../src/main/builds/grpc'
import {
  followHistory,
  type HistoryEvent,
  parseHistoryEvent,
  readSteps,
} from '../../../../src/main/builds/history-events'
import type { BuildStep } from '../../../../src/shared/builds'
import { EngineServer } from '../../../support/engine-server'
import { recordedStatus } from './recorded-status'

/** The messages of the engine 28 for a build by `docker build`, and for one that fails. */
const started =
  'EnQKGXA0eG5tbG5yNmk4bTB1dzV0cmJ5ZXVwemkaGwoSaW1hZ2UtcmVzb2x2ZS1tb2RlEgVsb2NhbBoWCghmaWxlbmFtZRIKRG9ja2VyZmls' +
  'ZSIUCgVpbWFnZRILCgRuYW1lEgNraXQyDAjP0q/YBhC64MKcAQ=='
const failed =
  'CAESvgMKGXVzMmp6MWllcXJtMGV1cWp2d2JpajZqNjIaFgoIZmlsZW5hbWUSCkRvY2tlcmZpbGUaGwoSaW1hZ2UtcmVzb2x2ZS1tb2RlEgVs' +
  'b2NhbCIHCgVpbWFnZSpLCAISR3Byb2Nlc3MgIi9iaW4vc2ggLWMgZXhpdCAzIiBkaWQgbm90IGNvbXBsZXRlIHN1Y2Nlc3NmdWxseTogZXhp' +
  'dCBjb2RlOiAzMgwI2dKv2AYQld/ZiwE6DAja0q/YBhD+/bvbAkJwCiJhcHBsaWNhdGlvbi92bmQuYnVpbGRraXQuc3RhdHVzLnYwEkdzaGEy' +
  'NTY6MTkyNjcwYmE0ZWQyMWJjNzliMmE3ZmVmMTMwOWY3MThkN2I5NzZhNmVjMjNmZDdlYmEzODQ4MzIzODFiMWFjNhjoEHgBgAEFiAEFkgF/' +
  'CjFhcHBsaWNhdGlvbi92bmQuZ29vZ2VhcGlzLmdvb2dsZS5ycGMuc3RhdHVzK3Byb3RvEkdzaGEyNTY6M2MyYzQxYTMwYjY4NTA5ZmMwZjk5' +
  'NjgxOTFiNGY2Zjg2OTMyYzYwZGE2MThhOTBmYjIxYmU1NGQzODNmYzY5ORjJHA=='
const bytes = (base64: string) => Buffer.from(base64, 'base64')
function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

describe('BuildKit’s report', () => {
  it('of a build that begins has its reference, tag and time', () => {
    expect(parseHistoryEvent(bytes(started))).toEqual({
      ...{
        type: 'started',
        ref: 'p4xnmlnr6i8m0uw5trbyeupzi',
        tag: 'kit',
        folder: '',
        project: '',
        isQuestion: false,
      },
      ...{ startedAt: 1795942735328.2495, endedAt: null, isCancelled: false, message: '' },
    })
  })

  it('of a build that has failed has BuildKit’s message', () => {
    expect(parseHistoryEvent(bytes(failed))).toMatchObject({
      ...{ type: 'ended', tag: '', endedAt: 1795942746728.6946, isCancelled: false },
      message: 'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3',
    })
  })

  it('of a build by compose has its project', () => {
    const field = (number: number, value: Buffer | string) =>
      Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), Buffer.from(value)])
    const pair = Buffer.concat([field(1, 'label:com.docker.compose.project'), field(2, 'shop')])
    const record = Buffer.concat([bytes(started).subarray(2), field(3, pair)])
    // A length of more than 127 has two bytes.
    const head = Buffer.from([0x12, (record.length & 0x7f) | 0x80, record.length >> 7])
    expect(parseHistoryEvent(Buffer.concat([head, record]))).toMatchObject({ tag: 'kit', project: 'shop' })
  })

  it('without a build, or with a reference that is none, is ignored', () => {
    expect(parseHistoryEvent(Buffer.alloc(0))).toBeUndefined()
    const hostile = bytes(started)
    hostile.write('../', hostile.indexOf('p4xnml'))
    expect(parseHistoryEvent(hostile)).toBeUndefined()
  })
})

describe('the messages of an answer', () => {
  const [first, second] = [bytes(started), bytes(failed)]
  const all = Buffer.concat([framed(first), framed(second), framed(Buffer.alloc(0))])

  it.each([1, 4, 7, 1000])('are whole, although they arrive in pieces of %i bytes', (size) => {
    const messages = new GrpcMessages()
    const found: Buffer[] = []
    for (let at = 0; at < all.length; at += size) found.push(...messages.push(all.subarray(at, at + size)))
    expect(found.map(String)).toEqual([first, second, Buffer.alloc(0)].map(String))
  })

  it('are refused if they are compressed or too long', () => {
    expect(() => new GrpcMessages().push(Buffer.from([1, 0, 0, 0, 0]))).toThrow(RangeError)
    expect(() => new GrpcMessages().push(Buffer.from([0, 0xff, 0, 0, 0]))).toThrow(RangeError)
  })
})

describe('a call of BuildKit', () => {
  let engine: EngineServer
  let answer: (stream: ServerHttp2Stream) => void
  /** The messages and methods that BuildKit got. */
  let asked: [method: string, request: string][]
  const buildKit = http2.createServer().on('stream', (stream, headers) => {
    stream.once('data', (request: Buffer) => {
      asked.push([String(headers[':path']), request.toString('hex')])
      answer(stream)
    })
  })
  beforeEach(async () => {
    asked = []
    engine = await EngineServer.listen()
    engine.upgrades.set('POST /grpc', {
      framed: false,
      open: (socket) => buildKit.emit('connection', socket),
    })
  })
  afterEach(() => engine.close())

  const respond = (stream: ServerHttp2Stream, status: string, ...messages: Buffer[]) => {
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': status, 'grpc-message': 'no such build' })
    })
    stream.end(Buffer.concat(messages.map(framed)))
  }
  const events: HistoryEvent[] = []
  const signal = new AbortController().signal

  it('gets each event until the stream ends', async () => {
    answer = (stream) => {
      respond(stream, '0', bytes(started), bytes(failed))
    }
    await followHistory(engine.link, (event) => events.push(event), signal)
    expect(events.map(({ type }) => type)).toEqual(['started', 'ended'])
    expect(asked).toEqual([['/moby.buildkit.v1.Control/ListenBuildHistory', '00000000020801']])
  })

  const call = () =>
    callBuildKit(engine.link, { method: '/m', request: Buffer.alloc(0), onMessage: () => undefined, signal })

  it('skips an event that cannot be parsed', async () => {
    events.length = 0
    answer = (stream) => {
      respond(stream, '0', Buffer.from([0x12, 0xff]), bytes(started))
    }
    await followHistory(engine.link, (event) => events.push(event), signal)
    expect(events.map(({ type }) => type)).toEqual(['started'])
  })

  it('fails if the connection ends before the answer does', async () => {
    answer = (stream) => {
      stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.end(framed(bytes(started)))
      stream.on('wantTrailers', () => {
        stream.close()
      })
    }
    await expect(call()).rejects.toMatchObject({ code: 'machine.connection-lost' })
  })

  it('gets the steps of a build, each with its times, and the one that has failed', async () => {
    answer = (stream) => {
      respond(stream, '0', bytes(recordedStatus))
    }
    const steps = await readSteps(engine.link, 'ref1')
    expect(new Map(steps.map(({ name, cached, error }) => [name, { cached, error }]))).toEqual(
      new Map([
        ['[internal] load build definition from Dockerfile', { cached: false, error: null }],
        ['[internal] load metadata for docker.io/library/busybox:latest', { cached: false, error: null }],
        ['[internal] load .dockerignore', { cached: false, error: null }],
        ['[1/2] FROM docker.io/library/busybox:latest', { cached: true, error: null }],
        ['[2/2] RUN exit 3', { cached: false, error: expect.stringContaining('exit code: 3') as string }],
      ]),
    )
    const took = ({ startedAt, endedAt }: BuildStep) => Number(endedAt) - Number(startedAt)
    const ran = steps.find(({ error }) => error !== null)
    expect(ran === undefined ? 0 : took(ran)).toBeGreaterThan(100)
    expect(asked).toEqual([['/moby.buildkit.v1.Control/Status', '00000000060a0472656631']])
  })

  it('fails with BuildKit’s message, with or without an answer before it', async () => {
    answer = (stream) => {
      respond(stream, '5', bytes(started))
    }
    await expect(call()).rejects.toThrow('no such build')
    answer = (stream) => {
      stream.respond({ 'grpc-status': '5', 'grpc-message': 'not here' }, { endStream: true })
    }
    await expect(call()).rejects.toThrow('not here')
  })

  it('fails if the bytes are no message, and if the engine offers no BuildKit', async () => {
    answer = (stream) => {
      respond(stream, '0', bytes(started))
    }
    const refusing = () => {
      throw new RangeError('cut')
    }
    const options = { method: '/m', request: Buffer.alloc(0), onMessage: refusing, signal }
    await expect(callBuildKit(engine.link, options)).rejects.toThrow('cut')
    engine.upgrades.clear()
    engine.server.removeAllListeners('upgrade')
    await expect(call()).rejects.toThrow('dockerd answered 404')
  })

  it('ends when its signal aborts', async () => {
    const leaving = new AbortController()
    answer = (stream) => {
      stream.respond({ 'content-type': 'application/grpc' })
      leaving.abort()
    }
    await followHistory(engine.link, () => undefined, leaving.signal)
  })
})
