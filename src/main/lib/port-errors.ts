import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { BerthError } from '../../shared/errors'
import type { Protocol } from '../../shared/ports'
import { systemErrorCode } from './errors'
import { bind, listen } from './net'

/** A port of this computer. */
export interface HostPort {
  protocol: 'tcp' | 'udp'
  /** An IPv4 or IPv6 address of this computer. */
  hostAddress: string
  hostPort: number
}

/** Opens a port and closes it again. Returns the system's error code if it cannot be opened, e.g. EADDRINUSE. */
export async function probePort(port: HostPort): Promise<string | undefined> {
  try {
    await (port.protocol === 'udp' ? probeUdp(port) : probeTcp(port))
    return undefined
  } catch (error) {
    return systemErrorCode(error)
  }
}

async function probeTcp({ hostAddress, hostPort }: HostPort): Promise<void> {
  const server = createServer()
  await listen(server, { port: hostPort, host: hostAddress, ipv6Only: true })
  server.close()
  await once(server, 'close')
}

async function probeUdp({ hostAddress, hostPort }: HostPort): Promise<void> {
  const socket = hostAddress.includes(':')
    ? createSocket({ type: 'udp6', ipv6Only: true })
    : createSocket('udp4')
  try {
    await bind(socket, { port: hostPort, address: hostAddress })
  } finally {
    socket.close()
    await once(socket, 'close')
  }
}

/** The error port.taken. `owner` is the program or the container that has the port. */
export function portTaken(
  { protocol, hostAddress: address, hostPort: port }: Omit<HostPort, 'protocol'> & { protocol: Protocol },
  owner: string,
  more: { detail?: string; cause?: unknown } = {},
): BerthError {
  return new BerthError('port.taken', { port, protocol, address, owner }, more)
}

/**
 * The error for a port that cannot be opened: port.taken, port.address, port.reserved, port.privileged or
 * port.forward-failed. `code` is the system's error code, and `detail` is its message.
 */
export function portError(
  { protocol, hostAddress: address, hostPort: port }: HostPort,
  code: string | undefined,
  detail: string,
  platform: NodeJS.Platform = process.platform,
): BerthError {
  switch (code) {
    case 'EADDRINUSE':
      return portTaken({ protocol, hostAddress: address, hostPort: port }, '?', { detail })
    case 'EADDRNOTAVAIL':
      return new BerthError('port.address', { port, protocol, address }, { detail })
    case 'EACCES':
      // Windows has no privileged ports. There, WSAEACCES means that the system has reserved a range (WinNAT, Hyper-V).
      return platform === 'win32'
        ? new BerthError('port.reserved', { port, protocol }, { detail })
        : new BerthError('port.privileged', { port }, { detail })
    default:
      return new BerthError(
        'port.forward-failed',
        { port, protocol, address, reason: code ?? detail },
        { detail },
      )
  }
}
