import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../../src/main/lib/net'
import type { Forward, HostForward } from '../../../../src/main/qemu/host-forward'
import { openHostListener, type HostListener } from '../../../../src/main/ports/host-listener'
import { PortOwners } from '../../../../src/main/ports/port-owner'
import { portTarget } from '../../../../src/main/ports/port-targets'
import type { PortBinding } from '../../../../src/shared/ports'

/** Replaces QEMU and the machine. Its listeners on the host answer with the route of the connection. */
class EchoingForward implements HostForward {
  readonly open: (Server | UdpSocket)[] = []

  async add({ protocol, hostAddress, hostPort, guestPort }: Forward): Promise<void> {
    if (protocol === 'tcp') {
      const server = createServer((socket) => socket.end('through the network')).listen(hostPort, hostAddress)
      await once(server, 'listening')
      this.open.push(server)
    } else {
      const socket = createSocket('udp4')
      socket.on('message', (message, { port, address }) => {
        socket.send(`${guestPort === 1001 ? 'bridge' : 'echo'} ${message.toString()}`, port, address)
      })
      socket.bind(hostPort, hostAddress)
      await once(socket, 'listening')
      this.open.push(socket)
    }
  }

  async remove(): Promise<void> {
    await Promise.all(this.open.splice(0).map((one) => new Promise((resolve) => one.close(resolve))))
  }
}

describe('a listener', () => {
  let hostForward: EchoingForward
  let guest: Server
  /** The output of the process in the machine that forwards UDP to IPv6. */
  let bridge: PassThrough
  let port: number
  let listener: HostListener | undefined

  beforeEach(async () => {
    hostForward = new EchoingForward()
    bridge = new PassThrough()
    bridge.push('1001\n')
    guest = createServer((socket) => socket.end('through ssh')).listen(0, '127.0.0.1')
    await once(guest, 'listening')
    port = await freePort()
  })
  afterEach(async () => {
    await listener?.close()
    listener = undefined
    guest.close()
  })

  const binding = (changes: Partial<PortBinding> = {}): PortBinding => ({
    hostIp: '',
    hostPort: port,
    containerPort: 80,
    protocol: 'tcp',
    ...changes,
  })
  const link = {
    exec: (command: string) =>
      Promise.resolve({ code: command.includes('resetting') ? 0 : 1, stdout: '', stderr: '' }),
    openCommand: () => Promise.resolve(bridge),
    openTcp: async () => {
      const socket = connect((guest.address() as AddressInfo).port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    },
  }
  const open = async (
    asked: PortBinding,
    { platform = process.platform, ipv6 = true, hasIpv6 = false } = {},
  ) => {
    const target = portTarget(asked, { platform })
    listener = await openHostListener(
      asked,
      target,
      { hostForward, link },
      { ipv6, owners: new PortOwners(), hasIpv6: () => hasIpv6 },
    )
    return listener
  }
  const echo = async (datagram: string) => {
    const client = createSocket('udp6')
    client.send(datagram, port, '::1')
    const [message] = (await once(client, 'message')) as [Buffer]
    client.close()
    return message.toString()
  }
  const get = (address: string) => text(connect(port, address).on('error', () => undefined)).catch(String)

  it('answers on ::1 and on 127.0.0.1, through the user network', async () => {
    await open(binding())
    expect(await get('127.0.0.1')).toBe('through the network')
    expect(await get('::1')).toBe('through the network')
  })

  it('forwards ::1 to the machine’s ::1 if the container has an IPv6 address and publishes the port on all addresses', async () => {
    await open(binding(), { hasIpv6: true })
    expect(await get('127.0.0.1')).toBe('through the network')
    expect(await get('::1')).toBe('through ssh')
    await listener?.close()
    await open(binding({ hostIp: '127.0.0.1' }), { hasIpv6: true })
    expect(await get('::1')).toBe('through the network')
    await listener?.close()
    await open(binding(), { hasIpv6: true })
    guest.close()
    await once(guest, 'close')
    expect(await get('::1')).toBe('through the network')
  })

  it('resets a client’s connection if the machine has reset the connection that Berth opened through SSH', async () => {
    guest.removeAllListeners('connection').on('connection', (socket: Socket) => socket.end())
    await open(binding({ hostIp: '::1' }))
    await expect(text(connect(port, '::1'))).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('answers only on ::1, through SSH, if the port is published on ::1', async () => {
    await open(binding({ hostIp: '::1' }))
    expect(await get('::1')).toBe('through ssh')
    expect(await get('127.0.0.1')).toContain('ECONNREFUSED')
  })

  it('forwards UDP from ::1, and returns the answers to the right sender', async () => {
    await open(binding({ protocol: 'udp' }))
    expect(await Promise.all(['one', 'two'].map(echo))).toEqual(['echo one', 'echo two'])
  })

  it('forwards UDP to the machine’s ::1 if the container has an IPv6 address', async () => {
    await open(binding({ protocol: 'udp' }), { hasIpv6: true })
    expect(await echo('one')).toBe('bridge one')
    await listener?.close()
    listener = undefined
    expect(bridge.destroyed).toBe(true)
    expect(hostForward.open).toEqual([])
  })

  it('fails if another program listens on ::1, names the program, and closes all listeners', async () => {
    const other = createServer().listen(port, '::1')
    await once(other, 'listening')
    await expect(open(binding())).rejects.toMatchObject({
      code: 'port.taken',
      params: {
        port,
        address: '::1',
        owner: expect.stringContaining(`process ${String(process.pid)}`) as string,
      },
    })
    expect(hostForward.open).toEqual([])
    other.close()
  })

  it('frees ::1 when another container publishes the port there, and continues on 127.0.0.1', async () => {
    const opened = await open(binding())
    await opened.leaveIpv6()
    const other = createServer((socket) => socket.end('the other')).listen(port, '::1')
    await once(other, 'listening')
    expect(await get('::1')).toBe('the other')
    expect(await get('127.0.0.1')).toBe('through the network')
    other.close()
    await once(other, 'close')
    await opened.rejoinIpv6()
    expect(await get('::1')).toBe('through the network')
  })

  it('closes 127.0.0.1 and ::1 together', async () => {
    const opened = await open(binding())
    await opened.close()
    for (const address of ['127.0.0.1', '::1']) {
      const [error] = (await once(connect(port, address), 'error')) as [NodeJS.ErrnoException]
      expect(error.code).toBe('ECONNREFUSED')
    }
  })
})
