import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { forwardedPort, forwardFreePort, QmpHostForward } from '../../../../src/main/qemu/host-forward'

/** The output of QEMU 7.2 for `info usernet`. */
const usernet =
  'Hub -1 (net0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n' +
  '  TCP[ESTABLISHED]   12       127.0.0.1 36000       10.0.2.15    22     0     0\r\n' +
  '  TCP[HOST_FORWARD]  11       127.0.0.1 36745       10.0.2.15    22     0     0\r\n' +
  '  UDP[HOST_FORWARD]  13       127.0.0.1  5353       10.0.2.15    53     0     0\r\n'

function monitor(answer: (line: string) => string) {
  const lines: string[] = []
  const qmp = {
    humanMonitorCommand(line: string) {
      lines.push(line)
      return Promise.resolve(answer(line))
    },
  }
  return { lines, qmp, forward: new QmpHostForward(() => qmp) }
}

const refused = (line: string) =>
  `Could not set up host forwarding rule '${line.split(' ').at(-1) ?? ''}'\r\n`

describe('a host forward', () => {
  it('is opened and closed by the human monitor', async () => {
    const { forward, lines } = monitor(() => '')
    const port = { protocol: 'udp', hostAddress: '127.0.0.1', hostPort: 5000, guestPort: 8080 } as const
    await forward.add(port)
    await forward.remove(port)
    expect(lines).toEqual([
      'hostfwd_add net0 udp:127.0.0.1:5000-:8080',
      'hostfwd_remove net0 udp:127.0.0.1:5000',
    ])
  })

  it('can lead to a specific address of the guest', async () => {
    const { forward, lines } = monitor(() => '')
    const port = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 5000, guestPort: 80 } as const
    await forward.add({ ...port, guestAddress: '127.0.0.1' })
    expect(lines).toEqual(['hostfwd_add net0 tcp:127.0.0.1:5000-127.0.0.1:80'])
  })

  it('is listed with both of its ends', async () => {
    const { forward } = monitor(() => usernet)
    expect(await forward.list()).toEqual([
      {
        protocol: 'tcp',
        hostAddress: '127.0.0.1',
        hostPort: 36745,
        guestAddress: '10.0.2.15',
        guestPort: 22,
      },
      { protocol: 'udp', hostAddress: '127.0.0.1', hostPort: 5353, guestAddress: '10.0.2.15', guestPort: 53 },
    ])
  })

  it('needs a running machine', async () => {
    const forward = new QmpHostForward(() => undefined)
    await expect(
      forward.add({ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 5000, guestPort: 80 }),
    ).rejects.toMatchObject({ code: 'machine.not-running' })
  })

  it('fails with a clear error if a TCP port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { forward } = monitor(refused)
    await expect(
      forward.add({ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: port, guestPort: 80 }),
    ).rejects.toMatchObject({ code: 'port.taken', params: { port, protocol: 'tcp', address: '127.0.0.1' } })
    server.close()
  })

  it('fails with a clear error if a UDP port is taken', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    const { forward } = monitor(refused)
    await expect(
      forward.add({ protocol: 'udp', hostAddress: '127.0.0.1', hostPort: port, guestPort: 53 }),
    ).rejects.toMatchObject({ code: 'port.taken', params: { port, protocol: 'udp' } })
    socket.close()
  })

  it('fails with a clear error if this computer does not have the address', async () => {
    const { forward } = monitor(refused)
    await expect(
      forward.add({ protocol: 'tcp', hostAddress: '192.0.2.1', hostPort: 5000, guestPort: 80 }),
    ).rejects.toMatchObject({ code: 'port.address', params: { address: '192.0.2.1', port: 5000 } })
  })

  it('fails with QEMU’s message if the port itself is free', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const { forward } = monitor(() => 'Invalid host forwarding rule (Bad host port)\r\n')
    await expect(
      forward.add({ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: port, guestPort: 80 }),
    ).rejects.toMatchObject({
      code: 'port.forward-failed',
      params: { reason: 'Invalid host forwarding rule (Bad host port)' },
    })
  })
})

describe('a forward on a free port', () => {
  it('is found among all forwards by its port in the guest', () => {
    expect(forwardedPort(usernet, 22)).toBe(36745)
    expect(forwardedPort(usernet, 53)).toBeUndefined()
    expect(forwardedPort('', 22)).toBeUndefined()
  })

  it('is requested with port 0', async () => {
    const { qmp, lines } = monitor((line) => (line === 'info usernet' ? usernet : ''))
    expect(await forwardFreePort(qmp, 22)).toBe(36745)
    expect(lines[0]).toBe('hostfwd_add net0 tcp:127.0.0.1:0-:22')
  })

  it('fails with QEMU’s message if QEMU refuses the forward', async () => {
    const { qmp } = monitor(() => 'unrecognized netdev id')
    await expect(forwardFreePort(qmp, 22)).rejects.toMatchObject({
      code: 'port.forward-failed',
      params: { reason: 'unrecognized netdev id' },
    })
  })
})
