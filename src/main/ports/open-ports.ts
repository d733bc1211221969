import { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import type { EngineState } from '../engine'
import type { Logger } from '../host'
import { portTaken } from '../lib'
import type { DesiredPorts } from './desired-ports'
import { type HostListener, openHostListener, type Routes } from './host-listener'
import { hostPortOf, isTaken, networkAddresses } from './port-probe'
import type { LanPorts } from './lan-ports'
import type { PortOwners } from './port-owner'
import { numberOf, overlaps, portTarget, type PortTarget, type PublishedPort } from './port-targets'

/** A port of the host that is open, or being opened. */
export interface OpenPort {
  readonly binding: PortBinding
  target: PortTarget
  /** Undefined while the port is being opened. */
  listener: HostListener | undefined
  /** Undefined while the port is reserved for a container that does not exist yet. */
  containerId: string | undefined
  /** The reservations that keep the port open, whether or not a container publishes it. */
  holds: number
  /** Why the port is not open to the local network, although it should be. */
  networkError: BerthError | undefined
}

export interface OpenPortsOptions extends Routes {
  log: Logger
  /** The engine's containers. */
  state: Pick<EngineState, 'containers' | 'refreshContainer'>
  lanPorts: Pick<LanPorts, 'current'>
  /** Whether to listen on ::1 too where `localhost` reaches the port. Default: yes. */
  ipv6?: boolean
}

interface OpenOptions {
  /** Adds a reservation to the port. */
  hold?: boolean
  /** Tries the local network again if an earlier attempt failed. */
  retryNetwork?: boolean
}

/** Opens and closes ports of the host, and knows which are open. Callers must not overlap their calls. */
export class OpenPorts {
  readonly #options: OpenPortsOptions
  readonly #desired: DesiredPorts
  readonly #ports = new PortTable()

  constructor(options: OpenPortsOptions, desired: DesiredPorts) {
    this.#options = options
    this.#desired = desired
  }

  /** Whether the user has opened the port to the local network. If its own address does that, the answer is no. */
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

  /** Gives open ports without a container, or of one that is gone, to containers that publish the same. */
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
   * The open port of a container. Opens it if necessary, and moves it to or from the local network. Simultaneous calls
   * claim their ports in the order of the calls.
   * @throws BerthError port.taken, port.address, port.privileged, port.reserved, port.sctp,
   * port.forward-failed
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

  /** Adds the port to the table, so that no other call opens it. May take over an unused open port instead. */
  async #claim(binding: PortBinding, containerId: string | undefined): Promise<OpenPort> {
    const refreshed = new Set<OpenPort>()
    for (let other = this.#ports.conflict(binding); other; other = this.#ports.conflict(binding)) {
      if (other.containerId !== undefined && !refreshed.has(other)) {
        // The state of the other container may be out of date.
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

  async #listenAt(open: OpenPort, toNetwork: boolean, owners: PortOwners): Promise<void> {
    const { binding } = open
    const target = portTarget(binding, { toNetwork })
    const ipv6 = this.#options.ipv6 !== false && !this.#ports.ipv6IsTaken(binding)
    // Which container has the port, and its networks, may change while it is open.
    const hasIpv6 = () => this.#options.state.containers.get(open.containerId ?? '')?.ipv6 === true
    open.listener = await openHostListener(binding, target, this.#options, { ipv6, owners, hasIpv6 })
    open.target = target
  }

  /** Moves the port between loopback and all addresses, as the user has chosen. A failure leaves it on the loopback. */
  async #moveToNetwork(open: OpenPort, owners: PortOwners, again: boolean): Promise<void> {
    const wanted = this.wantsNetwork(open.binding)
    const isThere = open.target.address !== portTarget(open.binding).address
    if (!wanted) open.networkError = undefined
    if (wanted === isThere || (open.networkError !== undefined && !again)) return
    // If a program has the port on another address of this computer, the loopback listener need not close.
    open.networkError = wanted ? await networkConflict(open.binding, owners) : undefined
    if (open.networkError !== undefined) return
    await this.#close(open.listener)
    open.listener = undefined
    await this.#listen(open, owners)
  }

  /** A forward that cannot be removed has ended with the machine. */
  async #close(listener: HostListener | undefined): Promise<void> {
    try {
      await listener?.close()
    } catch (error) {
      this.#options.log.info({ reason: String(error) }, 'could not close a port')
    }
  }
}

/** port.taken, if a program has the port on an address of this computer in the local network. */
async function networkConflict(binding: PortBinding, owners: PortOwners): Promise<BerthError | undefined> {
  for (const address of networkAddresses()) {
    const port = hostPortOf(binding, address)
    if (await isTaken(port)) return portTaken(port, await owners.of(port))
  }
  return undefined
}

/** The open ports by number: there may be hundreds. */
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

  /** Compares host addresses as they are listened on: bindings may write the same one differently. */
  find(containerId: string | undefined, binding: PortBinding): OpenPort | undefined {
    const { address } = portTarget(binding)
    return this.#at(binding).find(
      (open) => open.containerId === containerId && portTarget(open.binding).address === address,
    )
  }

  /** An open port that excludes a listener for the binding. */
  conflict(binding: PortBinding): OpenPort | undefined {
    const { address } = portTarget(binding)
    return this.#at(binding).find((open) => overlaps(open.target.address, address))
  }

  /** The ports that also listen on ::1, which a binding for an IPv6 address needs for itself. */
  onIpv6Too(binding: PortBinding): OpenPort[] {
    if (!binding.hostIp.includes(':')) return []
    return this.#at(binding).filter((open) => !open.binding.hostIp.includes(':'))
  }

  /** Whether a container publishes the port on an IPv6 address itself. */
  ipv6IsTaken(binding: PortBinding): boolean {
    return this.#at(binding).some((open) => open.binding.hostIp.includes(':'))
  }

  #at(binding: PortBinding): OpenPort[] {
    return this.#byNumber.get(numberOf(binding)) ?? []
  }
}

/** Whether an open port serves a binding without a change: same address on the host, same route into the machine. */
function serves(open: OpenPort, binding: PortBinding): boolean {
  const [a, b] = [portTarget(open.binding), portTarget(binding)]
  return a.address === b.address && JSON.stringify(a.route) === JSON.stringify(b.route)
}
