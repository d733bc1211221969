import { networkInterfaces } from 'node:os'
import { BerthError } from '../../shared/errors'
import type { NetworkPort, PortBinding } from '../../shared/ports'
import type { EngineState } from '../engine'
import type { Logger } from '../host'
import { portError, probePort } from '../lib'
import { openListener, type Carriers, type Listener } from './listeners'
import { numberOf, OpenPorts, serves, type OpenPort, type PublishedPort } from './open-ports'
import type { PortOwners } from './port-owner'
import { portTarget } from './port-targets'

/** This computer's own addresses in its local networks, IPv4. */
export function networkAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

export interface PortOpenerOptions extends Carriers {
  log: Logger
  networkPorts?: () => readonly NetworkPort[]
  state: Pick<EngineState, 'refreshContainer'>
  /** Answer on ::1 too where `localhost` leads to the port; yes unless told otherwise. */
  ipv6?: boolean
  /** Whether a container still publishes an open port. */
  isPublished: (open: OpenPort) => boolean
}

interface OpenOptions {
  /** Counts as one more reservation of the port. */
  hold?: boolean
  /** Try the local network again where an earlier attempt failed. */
  retryNetwork?: boolean
}

/** Opens and closes the host's listeners and knows which are open. Its caller lets one change at a time in. */
export class PortOpener {
  readonly #options: PortOpenerOptions
  readonly #ports = new OpenPorts()
  /** Container names by id, for what is said of a port that is taken. */
  names: ReadonlyMap<string, string> = new Map()

  constructor(options: PortOpenerOptions) {
    this.#options = options
  }

  /** Whether the user has opened the port to the local network, as far as its container has not. */
  wantsNetwork(binding: PortBinding): boolean {
    const { networkPorts } = this.#options
    return (
      networkPorts !== undefined &&
      portTarget(binding).address === '127.0.0.1' &&
      networkPorts().some(({ port, protocol }) => port === binding.hostPort && protocol === binding.protocol)
    )
  }

  /** Whether a binding's port is open already, for whatever container. */
  isOpen(binding: PortBinding): boolean {
    return this.#ports.conflict(binding) !== undefined
  }

  /** Gives open ports that lost their container, or never had one, to containers that publish the like. */
  adopt(published: readonly PublishedPort[]): void {
    for (const { containerId, binding } of published) {
      if (this.#ports.find(containerId, binding) !== undefined) continue
      const open = this.#ports.find(undefined, binding) ?? this.#ports.conflict(binding)
      if (open === undefined || !serves(open, binding)) continue
      const isReserved = open.containerId === undefined
      if (isReserved || (open.holds === 0 && !this.#options.isPublished(open))) open.containerId = containerId
    }
  }

  /**
   * The open port of a container, opened if need be; as far as the local network is concerned, as the user wants it.
   * Calls made at once claim their ports in their order. Fails with port.taken, port.privileged, port.reserved or
   * port.forward-failed.
   */
  async open(
    binding: PortBinding,
    containerId: string | undefined,
    owners: PortOwners,
    { hold = false, retryNetwork = false }: OpenOptions = {},
  ): Promise<OpenPort> {
    const own = containerId === undefined ? undefined : this.#ports.find(containerId, binding)
    const open = own ?? (await this.#claim(binding, containerId))
    if (hold) open.holds++
    try {
      if (open.listener === undefined) await this.#listen(open, owners)
      else await this.#moveToNetwork(open, owners, retryNetwork)
      return open
    } catch (error) {
      this.#ports.delete(open)
      throw error
    }
  }

  async closeWhere(condition: (open: OpenPort) => boolean): Promise<void> {
    const closing = this.#ports.all().filter(condition)
    for (const open of closing) this.#ports.delete(open)
    await Promise.all(closing.map(({ listener }) => this.#close(listener)))
  }

  async closeAll(): Promise<void> {
    const open = this.#ports.all()
    this.#ports.clear()
    await Promise.all(open.map(({ listener }) => this.#close(listener)))
  }

  /** Takes a place for the port, so that nobody else does while it is opened; or a port that is free to be had. */
  async #claim(binding: PortBinding, containerId: string | undefined): Promise<OpenPort> {
    const asked = new Set<OpenPort>()
    for (let other = this.#ports.conflict(binding); other; other = this.#ports.conflict(binding)) {
      // What is known of the other container may be out of date.
      if (other.containerId !== undefined && !asked.has(other)) {
        asked.add(other)
        await this.#options.state.refreshContainer(other.containerId)
        continue
      }
      const isFree = other.containerId !== undefined && other.holds === 0 && !this.#options.isPublished(other)
      if (!isFree) throw this.#taken(binding, other)
      if (serves(other, binding)) {
        other.containerId = containerId
        return other
      }
      this.#ports.delete(other)
      await this.#close(other.listener)
    }
    const target = portTarget(binding)
    const open = { binding, target, listener: undefined, containerId, holds: 0, networkError: undefined }
    this.#ports.add(open)
    return open
  }

  #taken({ hostPort: port, protocol, hostIp, containerPort }: PortBinding, other: OpenPort): BerthError {
    const { address } = portTarget({ hostIp, hostPort: port, containerPort, protocol })
    const owner = this.names.get(other.containerId ?? '') ?? 'another container'
    return new BerthError('port.taken', { port, protocol, address, owner })
  }

  async #listen(open: OpenPort, owners: PortOwners): Promise<void> {
    const { binding } = open
    for (const { listener } of this.#ports.onIpv6Too(binding)) await listener?.leaveIpv6()
    if (this.wantsNetwork(binding)) {
      try {
        await this.#listenAt(open, true, owners)
        return
      } catch (error) {
        open.networkError = BerthError.from(error)
      }
    }
    await this.#listenAt(open, false, owners)
  }

  async #listenAt(open: OpenPort, toNetwork: boolean, owners: PortOwners): Promise<void> {
    const { binding } = open
    const target = portTarget(binding, { toNetwork })
    const ipv6 = this.#options.ipv6 !== false && !this.#ports.ipv6IsTaken(binding)
    open.listener = await openListener(binding, target, this.#options, { ipv6, owners })
    open.target = target
  }

  /** Moves between loopback and every address as the user's switch says. What fails leaves the loopback open. */
  async #moveToNetwork(open: OpenPort, owners: PortOwners, again: boolean): Promise<void> {
    const wanted = this.wantsNetwork(open.binding)
    const isThere = open.target.address !== portTarget(open.binding).address
    if (!wanted) open.networkError = undefined
    if (wanted === isThere || (open.networkError !== undefined && !again)) return
    // One that has the port on another address of this computer stands in the way: the loopback need not be touched.
    open.networkError = wanted ? await networkConflict(open.binding, owners) : undefined
    if (open.networkError !== undefined) return
    await this.#close(open.listener)
    open.listener = undefined
    await this.#listen(open, owners)
  }

  /** A forward that cannot be removed went with the machine. */
  async #close(listener: Listener | undefined): Promise<void> {
    try {
      await listener?.close()
    } catch (error) {
      this.#options.log.info({ reason: String(error) }, 'port could not be closed')
    }
  }
}

/** Who has the port on an address of this computer in the local network. */
async function networkConflict(binding: PortBinding, owners: PortOwners): Promise<BerthError | undefined> {
  const { hostPort, protocol } = binding
  for (const hostAddress of networkAddresses()) {
    const where = {
      protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
      hostAddress,
      hostPort,
    }
    const code = await probePort(where)
    if (code !== 'EADDRINUSE') continue
    const { params } = portError(where, code, numberOf(binding))
    return new BerthError('port.taken', {
      ...params,
      owner: await owners.of(hostPort, protocol, hostAddress),
    })
  }
  return undefined
}
