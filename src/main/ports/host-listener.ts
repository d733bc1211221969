import { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import { message, portError, portTaken, sequencer, systemErrorCode } from '../lib'
import type { Forward, HostForward } from '../qemu'
import type { SshLink } from '../ssh'
import { hostPortOf } from './port-probe'
import type { PortOwners } from './port-owner'
import { isLocalhost, type PortTarget } from './port-targets'
import { QemuForward } from './qemu-forward'
import { hasReset } from './refusals'
import { type ListenAddress, type OpenedStream, type OpenStream, TcpListener } from './tcp-listener'
import { openUdpBridge, type UdpBridge } from './udp-bridge'
import { UdpListener } from './udp-listener'

/** The services that carry connections and datagrams into the machine. */
export interface Routes {
  hostForward: HostForward
  link: Pick<SshLink, 'exec' | 'openCommand' | 'openTcp'>
  /** Opens a TCP port of the host. */
  listen?: (where: ListenAddress, open: OpenStream) => Promise<Pick<TcpListener, 'close'>>
}

const listenOnHost: NonNullable<Routes['listen']> = (where, open) => TcpListener.listen(where, open)

/** The open port of a binding. It has two listeners if `localhost` means both 127.0.0.1 and ::1, otherwise one. */
export interface HostListener {
  /** Stops listening on ::1. Call this if another container publishes the port on ::1. */
  leaveIpv6(): Promise<void>
  /** Listens on ::1 again after {@link HostListener.leaveIpv6}. Never rejects. */
  rejoinIpv6(): Promise<void>
  close(): Promise<void>
}

export interface HostListenerOptions {
  /** Listen on ::1 as well, if `localhost` reaches the port. */
  ipv6: boolean
  /**
   * Whether the container has its own IPv6 address. It is possible that a server in the container listens on no other
   * address. If the port is published on all addresses, the engine forwards connections from the machine's ::1 to that
   * address.
   */
  hasIpv6?: () => boolean
  owners: PortOwners
  /** Called for each TCP connection, when the first bytes arrive from the machine. */
  answered?: () => void
}

/**
 * Opens the port of a binding on the host, and forwards its traffic into the machine.
 * @throws BerthError port.taken with the owner if the system names the owner, port.address, port.privileged,
 * port.reserved, port.sctp, port.forward-failed, machine.connection-lost, machine.not-running
 */
export async function openHostListener(
  binding: PortBinding,
  target: PortTarget,
  routes: Routes,
  { ipv6, owners, hasIpv6 = () => false, answered }: HostListenerOptions,
): Promise<HostListener> {
  let address = target.address
  let first: Part | undefined
  try {
    first = await openFirst(binding, target, routes, answered)
    if (!isLocalhost(target.address)) return joined(first, undefined)
    const { open } = first
    const goesToIpv6 = () => binding.hostIp === '' && hasIpv6()
    const openSecond = () => openOnIpv6(binding, target, routes, { open, goesToIpv6, answered })
    address = '::1'
    return joined(first, ipv6 ? await openSecond() : undefined, openSecond)
  } catch (error) {
    await first?.close()
    throw await withOwner(error, binding, address, owners)
  }
}

interface Part {
  /** Only for TCP. */
  open?: OpenStream | undefined
  close(): Promise<void>
}

function joined(
  first: Part,
  second: Part | undefined,
  openSecond?: () => Promise<Part | undefined>,
): HostListener {
  let ipv6 = second
  let isClosed = false
  const inOrder = sequencer()
  return {
    leaveIpv6: () =>
      inOrder(async () => {
        const leaving = ipv6
        ipv6 = undefined
        await leaving?.close()
      }),
    rejoinIpv6: () =>
      inOrder(async () => {
        if (!isClosed) ipv6 ??= await openSecond?.().catch(() => undefined)
      }),
    close: () =>
      inOrder(async () => {
        isClosed = true
        await Promise.all([first.close(), ipv6?.close()])
      }),
  }
}

async function openFirst(
  { hostPort: port, protocol }: PortBinding,
  { address, route, guarded }: PortTarget,
  { hostForward, link, listen = listenOnHost }: Routes,
  answered?: () => void,
): Promise<Part> {
  const where = { address: guarded ? '0.0.0.0' : address, port, loopbackOnly: guarded }
  switch (route.kind) {
    case 'none':
      throw new BerthError(route.code, { port, protocol, address })
    case 'ssh': {
      const open = () => openOverSsh(link, route.guestAddress, port, answered)
      const listener = await listen(where, open)
      return { open, close: () => listener.close() }
    }
    case 'bridge': {
      const { loopbackPort, ...bridge } = await openUdpBridge({
        hostForward,
        link,
        ...route,
        guestPort: port,
      })
      try {
        const loopback = { address: '127.0.0.1', port: loopbackPort }
        const listener = await UdpListener.listen({ address, port }, () => Promise.resolve(loopback))
        return {
          async close() {
            await Promise.all([listener.close(), bridge.close()])
          },
        }
      } catch (error) {
        await bridge.close()
        throw error
      }
    }
    case 'network': {
      const { guestAddress } = route
      const guest = { guestPort: port, ...(guestAddress === undefined ? {} : { guestAddress }) }
      if (protocol === 'udp') {
        const forward: Forward = { ...guest, protocol, hostAddress: address, hostPort: port }
        await hostForward.add(forward)
        return { close: () => hostForward.remove(forward) }
      }
      const forward = new QemuForward({ hostForward, link, answered, ...guest })
      const open: OpenStream = (client) => forward.connect(client)
      const listener = await listen(where, open)
      return {
        open,
        async close() {
          await Promise.all([listener.close(), forward.close()])
        },
      }
    }
  }
}

async function openOverSsh(
  link: Routes['link'],
  guestAddress: string,
  port: number,
  answered?: () => void,
): Promise<OpenedStream> {
  return { stream: await link.openTcp(guestAddress, port), wasRefused: () => hasReset(link, port), answered }
}

interface OpenOnIpv6Options extends Pick<Part, 'open'> {
  /** Whether traffic goes to the machine's ::1. Called for each connection or datagram. */
  goesToIpv6: () => boolean
  answered?: (() => void) | undefined
}

/**
 * Opens the second listener, because `localhost` may mean ::1. Its connections take the route of the IPv4 listener, or
 * go to the machine's ::1. Its datagrams go to QEMU's IPv4 listener, or to the machine's ::1. Resolves with undefined
 * if the listener cannot be opened for another reason than a taken port, e.g. on a host without IPv6.
 * @throws the system's error if the port is taken on ::1
 */
async function openOnIpv6(
  { hostPort: port }: PortBinding,
  { guarded }: PortTarget,
  { hostForward, link, listen = listenOnHost }: Routes,
  { open, goesToIpv6, answered }: OpenOnIpv6Options,
): Promise<Part | undefined> {
  try {
    if (open === undefined) return await openUdpOnIpv6(port, { hostForward, link }, goesToIpv6)
    const where = { address: guarded ? '::' : '::1', port, loopbackOnly: guarded }
    return await listen(where, async (client) => {
      if (!goesToIpv6()) return open(client)
      // A network may give the container an IPv6 address without publishing ports on that address.
      return openOverSsh(link, '::1', port, answered).catch(() => open(client))
    })
  } catch (error) {
    if (systemErrorCode(error) === 'EADDRINUSE') throw error
    return undefined
  }
}

/** Opens a UDP listener on ::1. The first datagram for the machine's ::1 starts the bridge. */
async function openUdpOnIpv6(
  port: number,
  routes: Pick<Routes, 'hostForward' | 'link'>,
  goesToIpv6: () => boolean,
): Promise<Part> {
  let bridge: Promise<UdpBridge> | undefined
  const target = async () => {
    if (!goesToIpv6()) return { address: '127.0.0.1', port }
    bridge ??= openUdpBridge({ ...routes, guestAddress: '::1', guestPort: port })
    try {
      return { address: '127.0.0.1', port: (await bridge).loopbackPort }
    } catch (error) {
      bridge = undefined
      throw error
    }
  }
  const listener = await UdpListener.listen({ address: '::1', port }, target)
  return {
    async close() {
      await listener.close()
      await (await bridge?.catch(() => undefined))?.close()
    },
  }
}

/**
 * Returns the BerthError for a port that could not be opened. A port.taken error names the process that has the port.
 */
async function withOwner(
  error: unknown,
  binding: PortBinding,
  address: string,
  owners: PortOwners,
): Promise<BerthError> {
  const port = hostPortOf(binding, address)
  const failure =
    error instanceof BerthError ? error : portError(port, systemErrorCode(error), message(error))
  if (failure.code !== 'port.taken') return failure
  return portTaken(port, await owners.of(port), { cause: error })
}
