import { createSocket, type Socket } from 'node:dgram'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { forwardQuery } from '../../../../src/main/network/dns-forwarder'
import { bind, listen } from '../../../../src/main/lib'
import { queryFor, rawResponse } from './support'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close()
})

/** A name server over UDP that answers a query with these messages. */
async function nameServer(answer: (query: Buffer) => Buffer[], address = '127.0.0.1'): Promise<string> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  sockets.push(socket)
  const port = await bind(socket, { port: 0, address })
  socket.on('message', (query, sender) => {
    for (const message of answer(query)) socket.send(message, sender.port, sender.address)
  })
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`
}
const data = Buffer.from('192.0.2.1')
const record = { type: 4711, data }
const good = (query: Buffer) => [rawResponse(query, 0, [record])]
const query = queryFor('a.test', 4711)
const expected = rawResponse(query.message, 0, [record])

describe('a forwarded query', () => {
  it('gets a response with its own id, over IPv4 and IPv6', async () => {
    for (const address of ['127.0.0.1', '::1'])
      expect(await forwardQuery(query, [await nameServer(good, address)])).toEqual(expected)
  })

  it('ignores packets that do not answer the query', async () => {
    const other = queryFor('b.test', 4711).message
    const server = await nameServer((message) => {
      const response = rawResponse(message, 0)
      const wrongId = Buffer.from(response)
      wrongId.writeUInt16BE(message.readUInt16BE(0) ^ 1, 0)
      const wrongName = rawResponse(other, 0)
      message.copy(wrongName, 0, 0, 2)
      return [Buffer.alloc(0), Buffer.from('noise'), message, wrongId, wrongName, ...good(message)]
    })
    expect(await forwardQuery(query, [server])).toEqual(expected)
  })

  it('goes to the next server if a server fails, is silent or cannot be reached', async () => {
    const failing = await Promise.all(
      [2, 4, 5].map((code) => nameServer((message) => [rawResponse(message, code)])),
    )
    const silent = await nameServer(() => [])
    // The system refuses the datagram, or even the connection of the socket.
    const unreachable = ['127.0.0.1:1', 'fe80::1', '255.255.255.255']
    const servers = [...failing, ...unreachable, silent, await nameServer(good)]
    expect(await forwardQuery(query, servers)).toEqual(expected)
  })

  it('returns the last server’s refusal, or throws its error, if all servers fail', async () => {
    const server = await nameServer((message) => [rawResponse(message, 5)])
    expect(await forwardQuery(query, ['127.0.0.1:1', server])).toEqual(rawResponse(query.message, 5))
    await expect(forwardQuery(query, ['127.0.0.1:1'])).rejects.toThrow('127.0.0.1:1')
    await expect(forwardQuery(query, [])).rejects.toThrow('no name server')
  })

  it('fails if the server closes the TCP connection without a response', async () => {
    const server = createServer((socket) => socket.resume().end())
    await listen(server, { port: 0, host: '127.0.0.1' })
    const { port } = server.address() as AddressInfo
    const asked = forwardQuery({ ...query, transport: 'tcp' }, [`127.0.0.1:${String(port)}`])
    await expect(asked).rejects.toThrow('the connection was closed')
    server.close()
  })
})
