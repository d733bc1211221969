import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { bind, freePort, listen } from '../../../../src/main/lib/net'
import { portError, probePort } from '../../../../src/main/lib/port-errors'

const hostAddress = '127.0.0.1'

describe('probing a port', () => {
  it('leaves a free port free', async () => {
    const hostPort = await freePort()
    for (const protocol of ['tcp', 'udp', 'tcp', 'udp'] as const)
      expect(await probePort({ protocol, hostAddress, hostPort })).toBeUndefined()
  })

  it.each([
    ['127.0.0.1', '::1'],
    ['::1', '127.0.0.1'],
    ['0.0.0.0', '::'],
    ['::', '0.0.0.0'],
  ])('finds that a port on %s is in use, but not the same port on %s', async (hostAddress, other) => {
    const server = createServer()
    const tcp = await listen(server, { port: 0, host: hostAddress, ipv6Only: true })
    const isIpv6 = hostAddress.includes(':')
    const socket = isIpv6 ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4')
    const udp = await bind(socket, { port: 0, address: hostAddress })
    expect(await probePort({ protocol: 'tcp', hostAddress: other, hostPort: tcp })).toBeUndefined()
    expect(await probePort({ protocol: 'udp', hostAddress: other, hostPort: udp })).toBeUndefined()
    expect(await probePort({ protocol: 'tcp', hostAddress, hostPort: tcp })).toBe('EADDRINUSE')
    expect(await probePort({ protocol: 'udp', hostAddress, hostPort: udp })).toBe('EADDRINUSE')
    server.close()
    socket.close()
  })

  it('finds that an address does not belong to this computer', async () => {
    const elsewhere = { hostAddress: '192.0.2.1', hostPort: 5000 }
    expect(await probePort({ protocol: 'tcp', ...elsewhere })).toBe('EADDRNOTAVAIL')
    expect(await probePort({ protocol: 'udp', ...elsewhere })).toBe('EADDRNOTAVAIL')
  })
})

describe('the error for a port', () => {
  const port = { protocol: 'tcp', hostAddress, hostPort: 80 } as const

  it('distinguishes a privileged port from one that Windows has reserved', () => {
    expect(portError(port, 'EACCES', '', 'linux')).toMatchObject({ code: 'port.privileged' })
    expect(portError(port, 'EACCES', '', 'win32')).toMatchObject({
      code: 'port.reserved',
      params: { port: 80, protocol: 'tcp' },
    })
  })

  it('names the port and the address', () => {
    const params = { port: 80, protocol: 'tcp', address: hostAddress }
    expect(portError(port, 'EADDRINUSE', 'busy')).toMatchObject({
      code: 'port.taken',
      params,
      detail: 'busy',
    })
    expect(portError(port, 'EADDRNOTAVAIL', '')).toMatchObject({ code: 'port.address', params })
  })

  it('has the system’s code, or the detail, as the reason for any other failure', () => {
    const reasonFor = (code: string | undefined) => portError(port, code, 'detail').params
    expect(reasonFor('EMFILE')).toMatchObject({ reason: 'EMFILE' })
    expect(reasonFor(undefined)).toMatchObject({ reason: 'detail' })
  })
})
