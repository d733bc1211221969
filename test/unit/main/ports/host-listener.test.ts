import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../../src/main/lib/net'
import type { Forward, HostForward } from '../../../../src/main/qemu/host-forward'
import { openHostListener, type HostListener } from '../../../../src/main/ports/host-listener'
import { PortOwners } from '../../../../src/main/ports/port-owner'
import { portTarget } from '../../../../src/main/ports/port-targets'
import type { PortBinding } from '../../../../src/shared/ports'

/** Stands for QEMU and the machine behind it: real listeners on the host that say which way was taken. */
class EchoingForward implements HostForward {
  readonly open: (Server | UdpSocket)[] = []

  async add({ protocol, hostAddress, hostPort }: Forward): Promise<void> {
    if (protocol === 'tcp') {
      const server = createServer((socket) => socket.end('through the network')).listen(hostPort, hostAddress)
      await once(server, 'listening')
      this.open.push(server)
    } else {
      const socket = createSocket('udp4')
      socket.on('message', (message, { port, address }) => {
        socket.send(`echo ${message.toString()}`, port, address)
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
  let port: number
  let listener: HostListener | undefined

  beforeEach(async () => {
    hostForward = new EchoingForward()
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
    openTcp: async () => {
      const socket = connect((guest.address() as AddressInfo).port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    },
  }
  const open = async (asked: PortBinding, { platform = process.platform, ipv6 = true } = {}) => {
    const target = portTarget(asked, { platform })
    listener = await openHostListener(
      asked,
      target,
      { hostForward, link },
      { ipv6, owners: new PortOwners() },
    )
    return listener
  }
  const get = (address: string) => text(connect(port, address).on('error', () => undefined)).catch(String)

  it('answers on ::1 and on 127.0.0.1, through the user network', async () => {
    await open(binding())
    expect(await get('127.0.0.1')).toBe('through the network')
    expect(await get('::1')).toBe('through the network')
  })

  it('answers on an IPv6 address alone, through SSH', async () => {
    await open(binding({ hostIp: '::1' }))
    expect(await get('::1')).toBe('through ssh')
    expect(await get('127.0.0.1')).toContain('ECONNREFUSED')
  })

  it('carries UDP from ::1, and each sender’s answers back to it', async () => {
    await open(binding({ protocol: 'udp' }))
    const answers = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const client = createSocket('udp6')
        client.send(name, port, '::1')
        const [message] = (await once(client, 'message')) as [Buffer]
        client.close()
        return message.toString()
      }),
    )
    expect(answers).toEqual(['echo one', 'echo two'])
  })

  it('leaves nothing behind if another program has ::1, and names the program', async () => {
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

  it('leaves ::1 to a container that publishes it, and continues on 127.0.0.1', async () => {
    const opened = await open(binding())
    await opened.leaveIpv6()
    const other = createServer((socket) => socket.end('the other')).listen(port, '::1')
    await once(other, 'listening')
    expect(await get('::1')).toBe('the other')
    expect(await get('127.0.0.1')).toBe('through the network')
    other.close()
  })

  it('closes both', async () => {
    const opened = await open(binding())
    await opened.close()
    for (const address of ['127.0.0.1', '::1']) {
      const [error] = (await once(connect(port, address), 'error')) as [NodeJS.ErrnoException]
      expect(error.code).toBe('ECONNREFUSED')
    }
  })
})
