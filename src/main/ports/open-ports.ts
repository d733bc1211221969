import { BerthError } from '../../shared/errors'
import { overlaps } from '../../shared/port-addresses'
import type { PortBinding } from '../../shared/ports'
import type { EngineState } from '../engine'
import type { Logger } from '../host'
import { portTaken } from '../lib'
import type { DesiredPorts } from './desired-ports'
import { type HostListener, openHostListener, type Routes } from './host-listener'
import { hostPortOf, isTaken, networkAddresses } from './port-probe'
import type { LanPorts } from './lan-ports'
import type { PortOwners } from './port-owner'
import { numberOf, portTarget, type PortTarget, type PublishedPort } from './port-targets'

/** A port of the host that is open, or being opened. */
export interface OpenPort {
  readonly binding: PortBinding
  target: PortTarget
  /** Undefined while the port is being opened. */
  listener: HostListener | undefined
  /** Undefined while the port is reserved for a container that does not exist yet. */
  containerId: string | undefined
  /** The number of reservations. A reserved port stays open even if no container publishes it. */
  holds: number
  /** Why the port is not open to the local network, although it should be. */
  networkError: BerthError | undefined
}

export interface OpenPortsOptions extends Routes {
  log: Logger
  /** The engine's containers. */
  state: Pick<EngineState, 'containers' | 'refreshContainer'>
  lanPorts: Pick<LanPorts, 'current'>
  /** Whether to listen also on ::1 if `localhost` reaches the port. Default: true. */
  ipv6?: boolean
  /** Called for each TCP connection that gets bytes from the container, when the first of them arrive. */
  answered?: (port: OpenPort) => void
}

interface OpenOptions {
  /** Adds a reservation to the port. */
  hold?: boolean
  /** Tries the local network again if an earlier attempt failed. */
  retryNetwork?: boolean
}

/** Opens and closes ports of the host, and lists the open ports. Calls must not overlap, except calls of `open`. */
export class OpenPorts {
  readonly #options: OpenPortsOptions
  readonly #desired: DesiredPorts
  readonly #ports = new PortTable()

  constructor(options: OpenPortsOptions, desired: DesiredPorts) {
    this.#options = options
    this.#desired = desired
  }

  /**
   * Whether the user has opened the port to the local network. Always false if the binding's own address is not
   * 127.0.0.1.
   */
  wantsNetwork(binding: PortBinding): boolean {
    const { lanPorts } = this.#options
    return (
      portTarget(binding).address === '127.0.0.1' &&
      lanPorts.current.some(
        ({ port, protocol }) => port === binding.hostPort && protocol === binding.protocol,
      )
    )
  }

  /** Whether a binding's port is open, for any container. */
  isOpen(binding: PortBinding): boolean {
    return this.#ports.conflict(binding) !== undefined
  }

  /**
   * Assigns unused open ports to containers that publish the same ports. A port is unused if it has no container, or if
   * its container no longer publishes it.
   */
  adopt(published: readonly PublishedPort[]): void {
    for (const { containerId, binding } of published) {
      if (this.#ports.find(containerId, binding) !== undefined) continue
      const open = this.#ports.find(undefined, binding) ?? this.#ports.conflict(binding)
      if (open === undefined || !serves(open, binding)) continue
      const isReserved = open.containerId === undefined
      if (isReserved || (open.holds === 0 && !this.#desired.has(open))) open.containerId = containerId
    }
  }

  /**
   * Returns the open port of a container. Opens the port if necessary, and moves it to or from the local network.
   * Simultaneous calls claim their ports in the order of the calls.
   * @throws BerthError port.taken, port.address, port.privileged, port.reserved, port.sctp, port.forward-failed,
   * machine.connection-lost, machine.not-running
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
      await this.#returnIpv6(binding)
      throw error
    }
  }

  async closeWhere(condition: (open: OpenPort) => boolean): Promise<void> {
    const closing = this.#ports.all().filter(condition)
    for (const open of closing) this.#ports.delete(open)
    await Promise.all(closing.map(({ listener }) => this.#close(listener)))
    await Promise.all(closing.map(({ binding }) => this.#returnIpv6(binding)))
  }

  async closeAll(): Promise<void> {
    const open = this.#ports.all()
    this.#ports.clear()
    await Promise.all(open.map(({ listener }) => this.#close(listener)))
  }

  /**
   * Adds the port to the table, so that no other call opens the same port. May take over an unused open port instead.
   */
  async #claim(binding: PortBinding, containerId: string | undefined): Promise<OpenPort> {
    const refreshed = new Set<OpenPort>()
    for (let other = this.#ports.conflict(binding); other; other = this.#ports.conflict(binding)) {
      if (other.containerId !== undefined && !refreshed.has(other)) {
        // Berth's state of the other container may be out of date.
        refreshed.add(other)
        await this.#options.state.refreshContainer(other.containerId)
        continue
      }
      const isFree = other.containerId !== undefined && other.holds === 0 && !this.#desired.has(other)
      if (!isFree) throw this.#takenBy(other, binding)
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

  #takenBy({ containerId = '' }: OpenPort, binding: PortBinding): BerthError {
    const owner = this.#options.state.containers.get(containerId)?.name ?? 'another container'
    const { hostPort, protocol } = binding
    return portTaken({ protocol, hostAddress: portTarget(binding).address, hostPort }, owner)
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

  /** Lets other containers use ::1 again after the last port on an IPv6 address of this number has closed. */
  async #returnIpv6(closed: PortBinding): Promise<void> {
    if (this.#options.ipv6 === false || this.#ports.ipv6IsTaken(closed)) return
    for (const { listener } of this.#ports.onIpv6Too(closed)) await listener?.rejoinIpv6()
  }

  async #listenAt(open: OpenPort, toNetwork: boolean, owners: PortOwners): Promise<void> {
    const { binding } = open
    const target = portTarget(binding, { toNetwork })
    const ipv6 = this.#options.ipv6 !== false && !this.#ports.ipv6IsTaken(binding)
    // While the port is open, its container and the container's networks may change.
    const hasIpv6 = () => this.#options.state.containers.get(open.containerId ?? '')?.ipv6 === true
    const answered = () => this.#options.answered?.(open)
    open.listener = await openHostListener(binding, target, this.#options, {
      ipv6,
      owners,
      hasIpv6,
      answered,
    })
    open.target = target
  }

  /**
   * Moves the port between the loopback and the wildcard address, as the user has chosen. If the move to the network
   * fails, the port stays on the loopback address.
   */
  async #moveToNetwork(open: OpenPort, owners: PortOwners, again: boolean): Promise<void> {
    const wanted = this.wantsNetwork(open.binding)
    const isThere = open.target.address !== portTarget(open.binding).address
    if (!wanted) open.networkError = undefined
    if (wanted === isThere || (open.networkError !== undefined && !again)) return
    // If a program has the port on another address of this computer, the loopback listener stays open.
    open.networkError = wanted ? await networkConflict(open.binding, owners) : undefined
    if (open.networkError !== undefined) return
    await this.#close(open.listener)
    open.listener = undefined
    await this.#listen(open, owners)
  }

  /** Only logs an error: a forward that cannot be removed has ended with the machine. */
  async #close(listener: HostListener | undefined): Promise<void> {
    try {
      await listener?.close()
    } catch (error) {
      this.#options.log.info({ reason: String(error) }, 'could not close a port')
    }
  }
}

/** Returns port.taken if a program has the port on an address of this computer in the local network. */
async function networkConflict(binding: PortBinding, owners: PortOwners): Promise<BerthError | undefined> {
  for (const address of networkAddresses()) {
    const port = hostPortOf(binding, address)
    if (await isTaken(port)) return portTaken(port, await owners.of(port))
  }
  return undefined
}

/** The open ports, indexed by port number because there may be hundreds of them. */
class PortTable {
  readonly #byNumber = new Map<string, OpenPort[]>()

  all(): OpenPort[] {
    return [...this.#byNumber.values()].flat()
  }

  add(port: OpenPort): void {
    const key = numberOf(port.binding)
    this.#byNumber.set(key, [...(this.#byNumber.get(key) ?? []), port])
  }

  delete(port: OpenPort): void {
    const key = numberOf(port.binding)
    const others = this.#at(port.binding).filter((other) => other !== port)
    if (others.length === 0) this.#byNumber.delete(key)
    else this.#byNumber.set(key, others)
  }

  clear(): void {
    this.#byNumber.clear()
  }

  /**
   * Finds the open port of a container. Compares the addresses that are listened on, because two bindings may write the
   * same address differently.
   */
  find(containerId: string | undefined, binding: PortBinding): OpenPort | undefined {
    const { address } = portTarget(binding)
    return this.#at(binding).find(
      (open) => open.containerId === containerId && portTarget(open.binding).address === address,
    )
  }

  /** Finds an open port that excludes a listener for the binding. */
  conflict(binding: PortBinding): OpenPort | undefined {
    const { address } = portTarget(binding)
    return this.#at(binding).find((open) => overlaps(open.target.address, address))
  }

  /**
   * Returns the ports that must not listen on ::1 together with this binding. A binding for an IPv6 address needs ::1
   * for itself. For any other binding, returns none.
   */
  onIpv6Too(binding: PortBinding): OpenPort[] {
    if (!binding.hostIp.includes(':')) return []
    return this.#at(binding).filter((open) => !open.binding.hostIp.includes(':'))
  }

  /** Whether a container publishes the same port number on an IPv6 address. */
  ipv6IsTaken(binding: PortBinding): boolean {
    return this.#at(binding).some((open) => open.binding.hostIp.includes(':'))
  }

  #at(binding: PortBinding): OpenPort[] {
    return this.#byNumber.get(numberOf(binding)) ?? []
  }
}

/**
 * Whether an open port can serve a binding without a change. Both must have the same host address and the same route.
 */
function serves(open: OpenPort, binding: PortBinding): boolean {
  const [a, b] = [portTarget(open.binding), portTarget(binding)]
  return a.address === b.address && JSON.stringify(a.route) === JSON.stringify(b.route)
}
