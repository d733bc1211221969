import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import { message, systemErrorCode } from '../host/files'
import { listenFailure, type Forward, type HostForward } from '../machine/host-forward'
import type { PortOwners } from './port-owner'
import { isLocalhost, type PortTarget } from './port-targets'
import { StreamForward } from './stream-forward'
import { UdpRelay } from './udp-relay'

export interface TcpOpener {
  openTcp(host: string, port: number): Promise<Duplex>
}

export interface Carriers {
  hostForward: HostForward
  link: TcpOpener
}

/** One open port of the host. */
export interface Listener {
  /** Opens again what a new QEMU process does not know of. Rejects as `openListener` does. */
  reopen(): Promise<void>
  /** Leaves ::1 to a container that asks for that address itself. */
  leaveIpv6(): Promise<void>
  close(): Promise<void>
}

export interface ListenOptions {
  /** Answer on ::1 as well where `localhost` leads to the port. */
  ipv6: boolean
  owners: PortOwners
}

/**
 * Opens a port of the host and leads it into the machine. Fails with port.taken (naming the process where the
 * system tells), port.address, port.privileged, port.reserved, port.udp-ipv6, port.sctp or port.forward-failed.
 */
export async function openListener(
  binding: PortBinding,
  target: PortTarget,
  carriers: Carriers,
  { ipv6, owners }: ListenOptions,
): Promise<Listener> {
  let address = target.address
  let first: Part | undefined
  try {
    first = await openFirst(binding, target, carriers)
    const { address: here, carrier } = target
    let second: Part | undefined
    if (ipv6 && isLocalhost(here)) {
      address = '::1'
      second = await openOnIpv6(binding, target, carrier.kind === 'ssh' ? first.open : undefined)
    }
    return joined(first, second)
  } catch (error) {
    await first?.close()
    throw await explained(error, binding, address, owners)
  }
}

interface Part {
  /** Makes a stream into the machine for each connection, where the listener is ours. */
  open?: (() => Promise<Duplex>) | undefined
  reopen(): Promise<void>
  close(): Promise<void>
}

function joined(first: Part, second: Part | undefined): Listener {
  let ipv6 = second
  return {
    reopen: () => first.reopen(),
    async leaveIpv6() {
      const leaving = ipv6
      ipv6 = undefined
      await leaving?.close()
    },
    async close() {
      await Promise.all([first.close(), ipv6?.close()])
    },
  }
}

async function openFirst(
  { hostPort: port, protocol }: PortBinding,
  { address, carrier, guarded }: PortTarget,
  { hostForward, link }: Carriers,
): Promise<Part> {
  switch (carrier.kind) {
    case 'none':
      throw new BerthError(carrier.code, { port, protocol, address })
    case 'ssh': {
      const open = () => link.openTcp(carrier.guestAddress, port)
      const host = { address: guarded ? '0.0.0.0' : address, port, loopbackOnly: guarded }
      return ours(await StreamForward.listen(host, open), open)
    }
    case 'network': {
      const forward: Forward = {
        protocol: protocol === 'udp' ? 'udp' : 'tcp',
        hostAddress: address,
        hostPort: port,
        guestPort: port,
        ...(carrier.guestAddress === undefined ? {} : { guestAddress: carrier.guestAddress }),
      }
      await hostForward.add(forward)
      return { reopen: () => hostForward.add(forward), close: () => hostForward.remove(forward) }
    }
  }
}

/**
 * QEMU listens on IPv4 only, and `localhost` may mean ::1: what arrives there is led to the IPv4 listener, or, as
 * that one's connections, into the machine. undefined on a host without IPv6; rejects when the port is taken there.
 */
async function openOnIpv6(
  { hostPort: port, protocol }: PortBinding,
  { guarded }: PortTarget,
  open: (() => Promise<Duplex>) | undefined,
): Promise<Part | undefined> {
  const ipv4 = { address: '127.0.0.1', port }
  try {
    if (protocol === 'udp') return ours(await UdpRelay.listen({ address: '::1', port }, ipv4))
    const host = { address: guarded ? '::' : '::1', port, loopbackOnly: guarded }
    return ours(await StreamForward.listen(host, open ?? (() => connected(port))))
  } catch (error) {
    if (systemErrorCode(error) === 'EADDRINUSE') throw error
    return undefined
  }
}

function ours(forward: { close(): Promise<void> }, open?: () => Promise<Duplex>): Part {
  return { open, reopen: () => Promise.resolve(), close: () => forward.close() }
}

async function connected(port: number): Promise<Duplex> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
  await once(socket, 'connect')
  return socket
}

async function explained(
  error: unknown,
  binding: PortBinding,
  address: string,
  owners: PortOwners,
): Promise<BerthError> {
  const { hostPort, protocol } = binding
  const where = {
    protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
    hostAddress: address,
    hostPort,
  }
  const failure =
    error instanceof BerthError ? error : listenFailure(where, systemErrorCode(error), message(error))
  if (failure.code !== 'port.taken') return failure
  const owner = await owners.of(hostPort, protocol, address)
  return new BerthError('port.taken', { ...failure.params, owner }, { cause: error })
}
