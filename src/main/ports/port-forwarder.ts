import { EventEmitter } from 'node:events'
import { backoff } from '../../shared/backoff'
import { BerthError, type ErrorCode } from '../../shared/errors'
import type { PortBinding, PortForward, Protocol } from '../../shared/ports'
import type { EngineState } from '../engine'
import { type Emits, sequencer } from '../lib'
import type { SshLink } from '../ssh'
import { DesiredPorts } from './desired-ports'
import type { Routes } from './host-listener'
import { isOwnAddress } from './port-probe'
import { type OpenPort, OpenPorts, type OpenPortsOptions } from './open-ports'
import { PortOwners } from './port-owner'
import { type HostPortRange, PortRanges } from './port-ranges'
import { hostPortKey, portTarget, type PublishedPort } from './port-targets'

/** After these errors, another attempt may succeed. */
const transientErrors: readonly ErrorCode[] = ['port.taken', 'port.address']

/** The waits between attempts to open a port that another program has. */
const defaultRetry = { firstMs: 1000, longestMs: 30_000 }

/** Host ports that are reserved for a container before it starts. */
export interface PortReservation {
  /** Ends the reservation. Ports that a container now publishes stay open. The other ports close. */
  settle(): Promise<void>
  /** Gives the reserved ports to the next container that publishes them. Their own container must have stopped. */
  handOver(): void
}

/** The first bytes of a connection that came back from a container through its published TCP port. */
export interface PortAnswer {
  containerId: string
  hostPort: number
}

export interface PortForwarderOptions extends Omit<OpenPortsOptions, 'link' | 'state' | 'answered'> {
  link: Routes['link'] & Pick<SshLink, 'exec' | 'openCommand'>
  /** The containers and swarm services with the ports to open. */
  state: Pick<EngineState, 'containers' | 'swarmServices' | 'refreshContainer'> & Emits<'publishing'>
  retry?: typeof defaultRetry
}

/**
 * Makes the host's open ports match the ports that running containers publish. If another program has a port,
 * `forwards` contains the port with its error. Berth tries that port again at every change of the containers, and after
 * growing waits.
 */
export class PortForwarder extends EventEmitter<{ change: [PortForward[]]; answered: [PortAnswer] }> {
  readonly #desired: DesiredPorts
  readonly #open: OpenPorts
  readonly #ranges = new PortRanges((binding) => this.#open.isOpen(binding))
  readonly #retry: typeof defaultRetry
  /** Opening and closing take time, and each change depends on the result of the previous change. */
  readonly #oneAtATime = sequencer()
  #forwards: PortForward[] = []
  #reconciling: Promise<void> | undefined
  #retryTimer: NodeJS.Timeout | undefined
  #attempts = 0
  #retryNetwork = false

  constructor(options: PortForwarderOptions) {
    super()
    const { state, retry = defaultRetry } = options
    this.#retry = retry
    this.#desired = new DesiredPorts(options)
    const answered = ({ containerId, binding }: OpenPort) => {
      if (containerId !== undefined) this.emit('answered', { containerId, hostPort: binding.hostPort })
    }
    this.#open = new OpenPorts({ ...options, answered }, this.#desired)
    this.#desired.on('change', () => void this.#reconcileSoon())
    state.on('publishing', () => {
      this.#ranges.sync([...state.containers.values()])
      this.#desired.update(state)
    })
  }

  /** Every port that a running container publishes, either open or with an error. */
  get forwards(): PortForward[] {
    return this.#forwards
  }

  /**
   * Opens the ports before the container starts. If one port fails, none of the ports is opened. Ports that are already
   * open for `containerId` stay open.
   * @throws BerthError port.taken with the owner, port.address, port.privileged, port.reserved, port.sctp,
   * port.forward-failed, machine.connection-lost, machine.not-running
   */
  reserve(bindings: PortBinding[], containerId?: string): Promise<PortReservation> {
    return this.#oneAtATime(async () => {
      const owners = new PortOwners()
      const distinct = new Map(bindings.map((binding) => [hostPortKey(binding), binding]))
      const outcomes = await Promise.allSettled(
        [...distinct.values()].map((binding) =>
          this.#open.open(binding, containerId, owners, { hold: true }),
        ),
      )
      const held = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) {
        await this.#release(held)
        throw failed.reason
      }
      return {
        settle: () => this.#settle(held),
        handOver: () => {
          for (const open of held) open.containerId = undefined
        },
      }
    })
  }

  /**
   * Refuses an address that this computer does not have. `port` and `protocol` appear in the error.
   * @throws BerthError port.address
   */
  async checkAddress(
    hostIp: string,
    { port, protocol }: { port: number; protocol: Protocol },
  ): Promise<void> {
    const { address } = portTarget({ hostIp, hostPort: port, containerPort: port, protocol })
    if (!(await isOwnAddress(address))) throw new BerthError('port.address', { port, protocol, address })
  }

  /**
   * Returns the port of a range to request from the engine. Returns undefined if the engine may choose.
   * @throws BerthError port.range-taken
   */
  choosePort(range: HostPortRange): Promise<number | undefined> {
    return this.#oneAtATime(() => this.#ranges.choose(range))
  }

  /**
   * Returns the part of a range from which the engine may choose. Returns undefined if that is the whole range.
   * @throws BerthError port.range-taken, port.address
   */
  async freePart(range: HostPortRange): Promise<{ first: number; last: number } | undefined> {
    await this.checkAddress(range.hostIp, { port: range.first, protocol: range.protocol })
    return this.#oneAtATime(() => this.#ranges.freePart(range))
  }

  /** Immediately tries failed ports again. Resolves when `forwards` contains the result. */
  async retry(): Promise<void> {
    this.#attempts = 0
    this.#retryNetwork = true
    await this.#reconcileSoon()
  }

  /** Closes all ports, also reserved ports. Call this when the machine stops. */
  closeAll(): Promise<void> {
    this.#desired.clear()
    return this.#oneAtATime(async () => {
      clearTimeout(this.#retryTimer)
      await this.#open.closeAll()
      this.#report([])
    })
  }

  /** Call this when the user has chosen other ports for the local network. */
  lanPortsChanged(): void {
    void this.retry()
  }

  async #settle(held: OpenPort[]): Promise<void> {
    for (const open of held.splice(0)) open.holds--
    await this.#reconcileSoon()
  }

  async #release(held: OpenPort[]): Promise<void> {
    for (const open of held) open.holds--
    await this.#open.closeWhere((open) => held.includes(open) && this.#isUnused(open))
  }

  /** Whether a port is neither reserved nor published. */
  #isUnused(open: OpenPort): boolean {
    return open.holds === 0 && !this.#desired.has(open)
  }

  /** Schedules a run of `#reconcile`. All callers before its beginning share that run. */
  #reconcileSoon(): Promise<void> {
    this.#reconciling ??= this.#oneAtATime(async () => {
      this.#reconciling = undefined
      await this.#reconcile()
    })
    return this.#reconciling
  }

  async #reconcile(): Promise<void> {
    clearTimeout(this.#retryTimer)
    const published = this.#desired.all
    const retryNetwork = this.#retryNetwork
    this.#retryNetwork = false
    this.#open.adopt(published)
    await this.#open.closeWhere((open) => this.#isUnused(open))
    const owners = new PortOwners()
    const results = await Promise.all(
      published.map(async (port) => ({ port, forward: await this.#forward(port, owners, retryNetwork) })),
    )
    // A container may have stopped while Berth opened its ports. The next run closes these ports.
    const present = results.filter(({ port }) => this.#desired.has(port))
    this.#report(present.map(({ forward }) => forward))
    this.#retryLater()
  }

  async #forward(
    { containerId, binding }: PublishedPort,
    owners: PortOwners,
    retryNetwork: boolean,
  ): Promise<PortForward> {
    const toNetwork = this.#open.wantsNetwork(binding)
    const port = { containerId, binding, toNetwork }
    try {
      const open = await this.#open.open(binding, containerId, owners, { retryNetwork })
      const { address } = open.target
      const error = open.networkError?.toData()
      return { ...port, address, state: 'open', ...(error === undefined ? {} : { error }) }
    } catch (error) {
      const { address } = portTarget(binding, { toNetwork })
      return { ...port, address, state: 'failed', error: BerthError.from(error).toData() }
    }
  }

  /**
   * No operating system reports that a program has freed a port, or that a network adds an address. So Berth tries
   * again.
   */
  #retryLater(): void {
    const mayOpen = this.#forwards.some(
      ({ error }) => error !== undefined && transientErrors.includes(error.code),
    )
    if (!mayOpen) {
      this.#attempts = 0
      return
    }
    const wait = backoff(this.#attempts, this.#retry)
    this.#attempts++
    this.#retryTimer = setTimeout(() => {
      this.#retryNetwork = true
      void this.#reconcileSoon()
    }, wait)
    this.#retryTimer.unref()
  }

  #report(forwards: PortForward[]): void {
    const changed = JSON.stringify(forwards) !== JSON.stringify(this.#forwards)
    this.#forwards = forwards
    if (changed) this.emit('change', forwards)
  }
}
