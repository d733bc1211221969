import { EventEmitter } from 'node:events'
import type { Container, ContainerRunState } from '../../shared/containers'
import { BerthError, type ErrorCode } from '../../shared/errors'
import type { NetworkPort, PortBinding, PortForward, Protocol } from '../../shared/ports'
import { type EngineState, serviceLabel, type ServicePorts } from '../engine'
import type { Logger } from '../host'
import type { Emits } from '../lib'
import type { HostNetworkPorts } from './host-network'
import type { Carriers } from './listeners'
import { numberOf, type OpenPort, type PublishedPort } from './open-ports'
import { PortOpener } from './port-opener'
import { PortOwners } from './port-owner'
import { type HostPortRange, isOwnAddress, PortRanges } from './port-ranges'
import { portTarget } from './port-targets'

/** One that restarts by its policy keeps its ports. */
const publishingStates: ContainerRunState[] = ['running', 'paused', 'restarting']

/** What is over one day. */
const passing: readonly ErrorCode[] = ['port.taken', 'port.address']

/** Milliseconds between the attempts to open a port that another program has; each waits twice as long. */
const defaultRetry = { first: 1000, most: 30_000 }

/** Host ports held for a container that is about to start. */
export interface PortReservation {
  /** Ends the reservation: ports that a container publishes by now stay open, the others close. */
  settle(): Promise<void>
}

export interface PortForwarderOptions extends Carriers {
  log: Logger
  /** The ports that the user has opened to the local network. */
  networkPorts?: () => readonly NetworkPort[]
  /** What containers on the machine's own network listen on. */
  hostNetwork?: HostNetworkPorts
  /** The containers and swarm services whose ports are opened. */
  state: Pick<EngineState, 'containers' | 'swarmServices' | 'refreshContainer'> & Emits<'publishing'>
  /** Answer on ::1 too where `localhost` leads to a port; yes unless told otherwise. */
  ipv6?: boolean
  retry?: typeof defaultRetry
}

/**
 * Keeps the host's listeners as the running containers publish them. A port that another program has is in
 * `forwards` with its error; it is tried again at every change of the containers and with growing pauses.
 */
export class PortForwarder extends EventEmitter<{ change: [PortForward[]] }> {
  readonly #opener: PortOpener
  readonly #ranges = new PortRanges((binding) => this.#opener.isOpen(binding))
  readonly #hostNetwork: HostNetworkPorts | undefined
  readonly #retry: typeof defaultRetry
  /** By container and port, see `publishedKey`. */
  #published = new Map<string, PublishedPort>()
  #fromContainers: PublishedPort[] = []
  #forwards: PortForward[] = []
  /** One change at a time: opening and closing take a moment, and a later one must see what came of an earlier. */
  #last: Promise<unknown> = Promise.resolve()
  #reconciling: Promise<void> | undefined
  #retryTimer: NodeJS.Timeout | undefined
  #attempts = 0
  #retryNetwork = false

  constructor(options: PortForwarderOptions) {
    super()
    this.#retry = options.retry ?? defaultRetry
    this.#hostNetwork = options.hostNetwork
    this.#opener = new PortOpener({
      ...options,
      isPublished: (open) => this.#isPublished(open),
    })
    const { state } = options
    state.on('publishing', () => {
      this.#sync(state.containers.values(), state.swarmServices)
    })
    this.#hostNetwork?.on('change', () => {
      this.#publish()
    })
  }

  /** What became of every port that a running container publishes. */
  get forwards(): PortForward[] {
    return this.#forwards
  }

  /**
   * Opens the ports, all or none, before the container starts. The ports that `containerId` has open already stay
   * open.
   * @throws BerthError port.taken with the owner, port.address, port.privileged, port.reserved, port.udp-ipv6,
   * port.sctp, port.forward-failed
   */
  reserve(bindings: PortBinding[], containerId?: string): Promise<PortReservation> {
    return this.#serially(async () => {
      const owners = new PortOwners()
      const distinct = new Map(bindings.map((binding) => [hostPortKey(binding), binding]))
      const asked = await Promise.allSettled(
        [...distinct.values()].map((binding) =>
          this.#opener.open(binding, containerId, owners, { hold: true }),
        ),
      )
      const held = asked.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      const failed = asked.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) {
        await this.#release(held)
        throw failed.reason
      }
      return { settle: () => this.#settle(held) }
    })
  }

  /**
   * Refuses an address that is not this computer's. `port` is for the error.
   * @throws BerthError port.address
   */
  async checkAddress(hostIp: string, port: { port: number; protocol: Protocol }): Promise<void> {
    const { address } = portTarget({
      hostIp,
      hostPort: port.port,
      containerPort: port.port,
      protocol: port.protocol,
    })
    if (!(await isOwnAddress(address))) throw new BerthError('port.address', { ...port, address })
  }

  /**
   * The port of a range to request from the engine; undefined when the engine may choose itself.
   * @throws BerthError port.range-taken
   */
  choosePort(range: HostPortRange): Promise<number | undefined> {
    return this.#serially(() => this.#ranges.choose(range))
  }

  /** Tries the ports that are not open again, now. Resolves when `forwards` says what came of it. */
  async retry(): Promise<void> {
    this.#attempts = 0
    this.#retryNetwork = true
    await this.#reconcileSoon()
  }

  /** Closes every port, as before the machine ends; whoever holds a reservation holds nothing any more. */
  closeAll(): Promise<void> {
    this.#fromContainers = []
    this.#published.clear()
    this.#hostNetwork?.follow([])
    return this.#serially(async () => {
      clearTimeout(this.#retryTimer)
      await this.#opener.closeAll()
      this.#report([])
    })
  }

  /** The user's choice of ports for the local network has changed. */
  networkPortsChanged(): void {
    void this.retry()
  }

  /** Opens what these containers and services publish and closes everything that is neither published nor reserved. */
  #sync(containers: Iterable<Container>, services: readonly ServicePorts[]): void {
    const all = [...containers]
    const running = all.filter(({ state }) => publishingStates.includes(state))
    this.#ranges.sync(all)
    this.#opener.names = new Map(all.map(({ id, name }) => [id, name]))
    this.#fromContainers = [
      ...running.flatMap(({ id, ports }) => ports.map((binding) => ({ containerId: id, binding }))),
      ...publishedByServices(services, running),
    ]
    const onHostNetwork = running.filter(({ networks }) => networks.includes('host')).map(({ id }) => id)
    this.#hostNetwork?.follow(onHostNetwork)
    this.#publish()
  }

  #publish(): void {
    const all = [...this.#fromContainers, ...(this.#hostNetwork?.ports ?? [])]
    // A published port goes before one that is found listening.
    this.#published = new Map(all.reverse().map((port) => [publishedKey(port), port]))
    void this.#reconcileSoon()
  }

  async #settle(held: OpenPort[]): Promise<void> {
    for (const open of held.splice(0)) open.holds--
    await this.#reconcileSoon()
  }

  async #release(held: OpenPort[]): Promise<void> {
    for (const open of held) open.holds--
    await this.#opener.closeWhere(
      (open) => held.includes(open) && open.holds === 0 && !this.#isPublished(open),
    )
  }

  /** Syncs that come while one waits for its turn are served by it. */
  #reconcileSoon(): Promise<void> {
    this.#reconciling ??= this.#serially(async () => {
      this.#reconciling = undefined
      await this.#reconcile()
    })
    return this.#reconciling
  }

  async #reconcile(): Promise<void> {
    clearTimeout(this.#retryTimer)
    const published = [...this.#published.values()].reverse()
    const retryNetwork = this.#retryNetwork
    this.#retryNetwork = false
    this.#opener.adopt(published)
    await this.#opener.closeWhere((open) => open.holds === 0 && !this.#isPublished(open))
    const owners = new PortOwners()
    const forwards = await Promise.all(
      published.map(({ containerId, binding }) => this.#forward(containerId, binding, owners, retryNetwork)),
    )
    // A container may have gone while its ports were opened: that is the next change's affair.
    this.#report(forwards.filter((forward) => this.#published.has(publishedKey(forward))))
    this.#retryLater()
  }

  async #forward(
    containerId: string,
    binding: PortBinding,
    owners: PortOwners,
    retryNetwork: boolean,
  ): Promise<PortForward> {
    const toNetwork = this.#opener.wantsNetwork(binding)
    const port = { containerId, binding, toNetwork }
    try {
      const open = await this.#opener.open(binding, containerId, owners, { retryNetwork })
      const { address } = open.target
      const error = open.networkError?.toData()
      return { ...port, address, state: 'open', ...(error === undefined ? {} : { error }) }
    } catch (error) {
      const { address } = portTarget(binding, { toNetwork })
      return { ...port, address, state: 'failed', error: BerthError.from(error).toData() }
    }
  }

  #isPublished({ containerId, binding }: OpenPort): boolean {
    return containerId !== undefined && this.#published.has(publishedKey({ containerId, binding }))
  }

  /** Whoever has a port may give it back at any moment, an address may come with a network: nobody tells. */
  #retryLater(): void {
    const mayOpen = this.#forwards.some(({ error }) => error !== undefined && passing.includes(error.code))
    if (!mayOpen) {
      this.#attempts = 0
      return
    }
    const wait = Math.min(this.#retry.first * 2 ** this.#attempts, this.#retry.most)
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

  #serially<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(ignoreFailure)
    return result
  }
}

/** The swarm leads a service's port to all of its containers here: it counts as the first one's. */
function publishedByServices(services: readonly ServicePorts[], running: Container[]): PublishedPort[] {
  return services.flatMap(({ serviceId, ports }) => {
    const task = running.find(({ labels }) => labels[serviceLabel] === serviceId)
    return task === undefined ? [] : ports.map((binding) => ({ containerId: task.id, binding }))
  })
}

function publishedKey({ containerId, binding }: PublishedPort): string {
  return `${containerId} ${hostPortKey(binding)}`
}

/** Requests for the same port of the host may spell its address differently. */
function hostPortKey(binding: PortBinding): string {
  return `${numberOf(binding)} ${portTarget(binding).address}`
}

function ignoreFailure(): void {
  // Whoever asked for the change is told; the next one does not depend on it.
}
