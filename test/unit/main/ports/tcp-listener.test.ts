import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../../src/main/lib/net'
import { networkAddresses } from '../../../../src/main/ports/port-probe'
import { isLoopback, TcpListener } from '../../../../src/main/ports/tcp-listener'

describe('TcpListener', () => {
  let guest: Server
  let guestSockets: Socket[]
  let port: number
  let listener: TcpListener
  let opened: string[]
  const link = {
    async openTcp(host: string, guestPort: number): Promise<{ stream: Duplex }> {
      opened.push(`${host}:${String(guestPort)}`)
      const socket = connect({ port: (guest.address() as AddressInfo).port, allowHalfOpen: true })
      await once(socket, 'connect')
      return { stream: socket }
    },
  }

  beforeEach(async () => {
    opened = []
    guestSockets = []
    guest = createServer({ allowHalfOpen: true }, (socket) => {
      guestSockets.push(socket)
      socket.on('error', () => undefined)
    }).listen(0, '127.0.0.1')
    await once(guest, 'listening')
    port = await freePort()
    listener = await TcpListener.listen({ address: '127.0.0.1', port }, () => link.openTcp('127.0.0.1', 80))
  })
  afterEach(async () => {
    await listener.close()
    for (const socket of guestSockets) socket.destroy()
    guest.close()
  })

  it('forwards bytes in both directions, and passes on the end of each direction separately', async () => {
    guest.on('connection', (socket: Socket) => {
      let question = ''
      socket.on('data', (chunk: Buffer) => (question += chunk.toString()))
      socket.on('end', () => socket.end(`you said ${question}`))
    })
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    client.end('hello')
    expect(await text(client)).toBe('you said hello')
    expect(opened).toEqual(['127.0.0.1:80'])
  })

  it('resets the client if nothing answers in the machine', async () => {
    guest.close()
    const client = connect({ port, host: '127.0.0.1' })
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNRESET')
  })

  it('resets the client, instead of ending the connection, if the machine has refused the connection', async () => {
    await listener.close()
    const wasRefused = vi.fn(() => Promise.resolve(true))
    listener = await TcpListener.listen({ address: '127.0.0.1', port }, async () => ({
      ...(await link.openTcp('127.0.0.1', 80)),
      wasRefused,
    }))
    let answer = ''
    guest.on('connection', (socket: Socket) => socket.end(answer))
    const get = () => text(connect(port, '127.0.0.1'))
    await expect(get()).rejects.toMatchObject({ code: 'ECONNRESET' })
    wasRefused.mockResolvedValue(false)
    expect(await get()).toBe('')
    expect(wasRefused).toHaveBeenCalledTimes(2)
    // A connection that carried data was not refused.
    answer = 'hello'
    expect(await get()).toBe('hello')
    expect(wasRefused).toHaveBeenCalledTimes(2)
  })

  it('passes on a reset as a reset, in both directions', async () => {
    const reset = { code: 'ECONNRESET' }
    const client = connect({ port, host: '127.0.0.1' })
    await expect.poll(() => guestSockets.length).toBe(1)
    const other = connect({ port, host: '127.0.0.1' })
    await expect.poll(() => guestSockets.length).toBe(2)
    const inMachine = once(guestSockets[0] ?? guest, 'error')
    client.resetAndDestroy()
    expect(await inMachine).toMatchObject([reset])
    guestSockets[1]?.resetAndDestroy()
    await expect(text(other)).rejects.toMatchObject(reset)
  })

  it('frees the port when the listener closes, and lets open connections continue', async () => {
    const client = connect({ port, host: '127.0.0.1' })
    await expect.poll(() => guestSockets.length).toBe(1)
    await listener.close()
    listener = await TcpListener.listen({ address: '127.0.0.1', port }, () => link.openTcp('127.0.0.1', 80))
    guestSockets[0]?.end('the last words')
    expect(await text(client)).toBe('the last words')
  })

  it('resets connections of other computers if only this computer may connect', async () => {
    const [lan] = networkAddresses()
    if (lan === undefined) throw new Error('this host has no network address to test with')
    await listener.close()
    guest.on('connection', (socket: Socket) => socket.end('hello'))
    listener = await TcpListener.listen({ address: '0.0.0.0', port, loopbackOnly: true }, () =>
      link.openTcp('127.0.0.1', 80),
    )
    // If a computer connects to its own network address, the source address is that network address.
    const [error] = (await once(connect(port, lan), 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNRESET')
    expect(await text(connect(port, '127.0.0.1'))).toBe('hello')
  })

  it('recognises loopback addresses', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(isLoopback)).not.toContain(false)
    expect(['192.168.1.2', '::ffff:10.0.0.1', 'fe80::1', ''].map(isLoopback)).not.toContain(true)
  })

  it('reports a taken port', async () => {
    await expect(
      TcpListener.listen({ address: '127.0.0.1', port }, () => link.openTcp('127.0.0.1', 80)),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
