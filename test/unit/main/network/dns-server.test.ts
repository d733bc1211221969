import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { decode, encode, streamEncode, type Answer } from 'dns-packet'
import { afterEach, describe, expect, it } from 'vitest'
import type { DnsQuery } from '../../../../src/main/network/dns-message'
import { DnsServer } from '../../../../src/main/network/dns-server'
import { silentLog } from '../../../support/fake-services'

let server: DnsServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const record = (name: string, index: number): Answer => ({
  name,
  type: 'A',
  ttl: 10,
  data: `192.0.2.${String(index % 256)}`,
})
/** The name `NUMBER.many.test` has NUMBER addresses. */
function resolve({ question: { name } }: DnsQuery): Promise<Answer[]> {
  const count = Number(name.split('.')[0])
  if (Number.isNaN(count)) return Promise.reject(new Error('no resolver'))
  return Promise.resolve(Array.from({ length: count }, (_, index) => record(name, index)))
}
async function listen(): Promise<{ port: number; resolver: Resolver }> {
  server = await DnsServer.listen(resolve, silentLog)
  // Node's Resolver uses c-ares, which is an independent client.
  const resolver = new Resolver({ timeout: 2_000, tries: 1 })
  resolver.setServers([`127.0.0.1:${String(server.port)}`])
  return { port: server.port, resolver }
}
const query = (name: string, id = 1): Buffer =>
  encode({ type: 'query', id, questions: [{ name, type: 'A', class: 'IN' }] })

describe('the name server', () => {
  it('answers over UDP, and over TCP if an answer is too long for UDP', async () => {
    const { resolver } = await listen()
    expect(await resolver.resolve4('2.many.test')).toEqual(['192.0.2.0', '192.0.2.1'])
    expect(await resolver.resolve4('200.many.test')).toHaveLength(200)
    await expect(resolver.resolve4('broken.test')).rejects.toMatchObject({ code: 'ESERVFAIL' })
  })

  it('ignores packets that are not queries, and continues to serve', async () => {
    const { port, resolver } = await listen()
    const client = createSocket('udp4')
    const send = promisify((message: Buffer, done: (error: Error | null) => void) => {
      client.send(message, port, '127.0.0.1', done)
    })
    const answers: Buffer[] = []
    client.on('message', (message) => answers.push(message))
    for (const noise of [Buffer.alloc(0), Buffer.from('hello'), query('1.many.test').subarray(0, 14)])
      await send(noise)
    await send(query('1.many.test', 42))
    await expect.poll(() => answers.length).toBe(1)
    expect(answers.map((message) => decode(message).id)).toEqual([42])
    client.close()
    expect(await resolver.resolve4('1.many.test')).toHaveLength(1)
  })

  it('reads queries over TCP that arrive in pieces or together', async () => {
    const { port } = await listen()
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    const framed = (id: number) =>
      streamEncode({ type: 'query', id, questions: [{ name: '1.many.test', type: 'A', class: 'IN' }] })
    for (const byte of framed(1)) {
      socket.write(Buffer.of(byte))
      await new Promise((next) => setImmediate(next))
    }
    socket.write(Buffer.concat([framed(2), framed(3)]))
    const ids = () => {
      const found: (number | undefined)[] = []
      let rest = Buffer.concat(chunks)
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const end = 2 + rest.readUInt16BE(0)
        found.push(decode(rest.subarray(2, end)).id)
        rest = rest.subarray(end)
      }
      return found.sort()
    }
    await expect.poll(ids).toEqual([1, 2, 3])
    socket.destroy()
  })

  it('closes a TCP connection that sends no valid query, and continues after an answer that is too long', async () => {
    const { port, resolver } = await listen()
    for (const noise of [Buffer.from([0, 0]), Buffer.from([0, 3, 1, 2, 3])]) {
      const socket = connect(port, '127.0.0.1')
      socket.write(noise)
      await once(socket, 'close')
    }
    const cut = connect(port, '127.0.0.1')
    cut.end(Buffer.from([0xff, 0xff, 1]))
    cut.resume()
    await once(cut, 'close')
    await expect(resolver.resolve4('5000.many.test')).rejects.toMatchObject({ code: 'ESERVFAIL' })
    expect(await resolver.resolve4('1.many.test')).toHaveLength(1)
  })
})
