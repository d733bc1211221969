import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import { message, portError, systemErrorCode } from '../lib'
import type { Forward, HostForward } from '../qemu'
import { MachineEntry } from './machine-entry'
import type { PortOwners } from './port-owner'
import { isLocalhost, type PortTarget } from './port-targets'
import { StreamForward, type HostListener } from './stream-forward'
import { UdpRelay } from './udp-relay'

export interface TcpOpener {
  openTcp(host: string, port: number): Promise<Duplex>
}

type OpenStream = (client: Socket) => Promise<Duplex>

export interface Carriers {
  hostForward: HostForward
  link: TcpOpener
  /** Opens a TCP port of the host. */
  listen?: (host: HostListener, open: OpenStream) => Promise<Pick<StreamForward, 'close'>>
}

const listenOnHost: NonNullable<Carriers['listen']> = (host, open) => StreamForward.listen(host, open)

/** One open port of the host. */
export interface Listener {
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
    const { address: here } = target
    let second: Part | undefined
    if (ipv6 && isLocalhost(here)) {
      address = '::1'
      second = await openOnIpv6(binding, target, carriers, first.open)
    }
    return joined(first, second)
  } catch (error) {
    await first?.close()
    throw await explained(error, binding, address, owners)
  }
}

interface Part {
  /** Makes a stream into the machine for each connection of TCP. */
  open?: OpenStream
  close(): Promise<void>
}

function joined(first: Part, second: Part | undefined): Listener {
  let ipv6 = second
  return {
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
  { hostForward, link, listen = listenOnHost }: Carriers,
): Promise<Part> {
  const host = { address: guarded ? '0.0.0.0' : address, port, loopbackOnly: guarded }
  switch (carrier.kind) {
    case 'none':
      throw new BerthError(carrier.code, { port, protocol, address })
    case 'ssh': {
      const open = () => link.openTcp(carrier.guestAddress, port)
      const listener = await listen(host, open)
      return { open, close: () => listener.close() }
    }
    case 'network': {
      const { guestAddress } = carrier
      const end = { guestPort: port, ...(guestAddress === undefined ? {} : { guestAddress }) }
      if (protocol === 'udp') {
        const forward: Forward = { ...end, protocol, hostAddress: address, hostPort: port }
        await hostForward.add(forward)
        return { close: () => hostForward.remove(forward) }
      }
      const entry = new MachineEntry(hostForward, end)
      const open: OpenStream = (client) => entry.connect(client)
      const listener = await listen(host, open)
      return {
        open,
        async close() {
          await Promise.all([listener.close(), entry.close()])
        },
      }
    }
  }
}

/**
 * `localhost` may mean ::1: what arrives there is led into the machine as the IPv4 listener's connections are, and
 * datagrams to that listener, which is QEMU's. undefined on a host without IPv6; rejects when the port is taken there.
 */
async function openOnIpv6(
  { hostPort: port }: PortBinding,
  { guarded }: PortTarget,
  { listen = listenOnHost }: Carriers,
  open: OpenStream | undefined,
): Promise<Part | undefined> {
  const ipv4 = { address: '127.0.0.1', port }
  try {
    if (open === undefined) return await UdpRelay.listen({ address: '::1', port }, ipv4)
    return await listen({ address: guarded ? '::' : '::1', port, loopbackOnly: guarded }, open)
  } catch (error) {
    if (systemErrorCode(error) === 'EADDRINUSE') throw error
    return undefined
  }
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
    error instanceof BerthError ? error : portError(where, systemErrorCode(error), message(error))
  if (failure.code !== 'port.taken') return failure
  const owner = await owners.of(hostPort, protocol, address)
  return new BerthError('port.taken', { ...failure.params, owner }, { cause: error })
}
