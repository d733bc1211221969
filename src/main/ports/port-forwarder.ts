import { EventEmitter } from 'node:events'
import type { Container, ContainerRunState } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { PortBinding, PortForward } from '../../shared/ports'
import type { PortPublisher, PortReservation, PublishedPorts } from '../engine/publishing'
import type { Logger } from '../host/log'
import type { HostForward } from '../machine/host-forward'
import { openListener, type Listener } from './listeners'
import { overlaps, portTarget } from './port-targets'
import type { TcpOpener } from './ssh-forward'

/** One that restarts by its policy keeps its ports. */
const publishingStates: ContainerRunState[] = ['running', 'paused', 'restarting']

interface OpenPort {
  readonly listener: Listener
  /** Unknown while it is held for a container that does not exist yet. */
  containerId: string | undefined
  /** Reservations that keep it open whether or not a container publishes it. */
  holds: number
}

interface PublishedPort {
  containerId: string
  binding: PortBinding
}

/**
 * Keeps the host's listeners as the running containers publish them. A port that cannot be opened is in
 * `forwards` with its error and is tried again at every change of the containers.
 */
export class PortForwarder
  extends EventEmitter<{ change: [PortForward[]] }>
  implements PortPublisher, PublishedPorts
{
  readonly #hostForward: HostForward
  readonly #link: TcpOpener
  readonly #log: Logger
  #open: OpenPort[] = []
  #published: PublishedPort[] = []
  #names = new Map<string, string>()
  #forwards: PortForward[] = []
  /** One change at a time: opening and closing take a moment, and a later one must see what came of an earlier. */
  #last: Promise<unknown> = Promise.resolve()
  #reconciling: Promise<void> | undefined

  constructor({ hostForward, link, log }: { hostForward: HostForward; link: TcpOpener; log: Logger }) {
    super()
    this.#hostForward = hostForward
    this.#link = link
    this.#log = log
  }

  /** What became of every port that a running container publishes. */
  get forwards(): PortForward[] {
    return this.#forwards
  }

  /** Opens what these containers publish and closes everything that is neither published nor reserved. */
  sync(containers: Iterable<Container>): void {
    const all = [...containers]
    this.#names = new Map(all.map(({ id, name }) => [id, name]))
    this.#published = all
      .filter(({ state }) => publishingStates.includes(state))
      .flatMap(({ id, ports }) => ports.map((binding) => ({ containerId: id, binding })))
    void this.#reconcileSoon()
  }

  /**
   * Opens the ports, all or none, before the container is started. With `containerId` the ports which that
   * container has open already are kept. Fails with port.taken naming the owner, port.privileged or
   * port.forward-failed.
   */
  reserve(bindings: PortBinding[], containerId?: string): Promise<PortReservation> {
    return this.#serially(async () => {
      const held: OpenPort[] = []
      try {
        for (const binding of bindings) {
          const own = containerId === undefined ? undefined : this.#find(containerId, binding)
          const open = own ?? (await this.#openPort(binding, containerId))
          open.holds++
          held.push(open)
        }
      } catch (error) {
        await this.#release(held)
        throw error
      }
      return { settle: () => this.#settle(held) }
    })
  }

  /** Closes every port, as before the machine ends; whoever holds a reservation holds nothing any more. */
  closeAll(): Promise<void> {
    return this.#serially(async () => {
      const open = this.#open
      this.#open = []
      this.#published = []
      await Promise.all(open.map(({ listener }) => this.#close(listener)))
      this.#report([])
    })
  }

  async #settle(held: OpenPort[]): Promise<void> {
    for (const open of held.splice(0)) open.holds--
    await this.#reconcileSoon()
  }

  async #release(held: OpenPort[]): Promise<void> {
    for (const open of held) open.holds--
    await this.#closeWhere((open) => held.includes(open) && open.holds === 0 && !this.#isPublished(open))
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
    for (const { containerId, binding } of this.#published) this.#adopt(containerId, binding)
    await this.#closeWhere((open) => open.holds === 0 && !this.#isPublished(open))
    const forwards: PortForward[] = []
    for (const { containerId, binding } of this.#published)
      forwards.push(await this.#publish(containerId, binding))
    this.#report(forwards)
  }

  /** A port that was reserved before its container existed becomes the container's. */
  #adopt(containerId: string, binding: PortBinding): void {
    if (this.#find(containerId, binding) !== undefined) return
    const reserved = this.#find(undefined, binding)
    if (reserved !== undefined) reserved.containerId = containerId
  }

  async #publish(containerId: string, binding: PortBinding): Promise<PortForward> {
    const { address } = portTarget(binding)
    try {
      if (this.#find(containerId, binding) === undefined) await this.#openPort(binding, containerId)
      return { containerId, binding, address, state: 'open' }
    } catch (error) {
      return { containerId, binding, address, state: 'failed', error: BerthError.from(error).toData() }
    }
  }

  async #openPort(binding: PortBinding, containerId: string | undefined): Promise<OpenPort> {
    const { address } = portTarget(binding)
    const other = this.#open.find(({ listener }) => overlaps(listener, { address, binding }))
    if (other !== undefined) {
      const owner = this.#names.get(other.containerId ?? '') ?? 'another container'
      throw new BerthError('port.taken', {
        port: binding.hostPort,
        protocol: binding.protocol,
        address,
        owner,
      })
    }
    const listener = await openListener(binding, { hostForward: this.#hostForward, link: this.#link })
    const open = { listener, containerId, holds: 0 }
    this.#open.push(open)
    return open
  }

  /** By what the port is on the host: requests for the same one may spell its address differently. */
  #find(containerId: string | undefined, binding: PortBinding): OpenPort | undefined {
    const { address } = portTarget(binding)
    return this.#open.find(
      (open) =>
        open.containerId === containerId &&
        open.listener.address === address &&
        open.listener.binding.hostPort === binding.hostPort &&
        open.listener.binding.protocol === binding.protocol,
    )
  }

  #isPublished(open: OpenPort): boolean {
    return this.#published.some(({ containerId, binding }) => this.#find(containerId, binding) === open)
  }

  async #closeWhere(condition: (open: OpenPort) => boolean): Promise<void> {
    const closing = this.#open.filter(condition)
    this.#open = this.#open.filter((open) => !closing.includes(open))
    await Promise.all(closing.map(({ listener }) => this.#close(listener)))
  }

  /** A forward that cannot be removed went with the machine. */
  async #close(listener: Listener): Promise<void> {
    try {
      await listener.close()
    } catch (error) {
      this.#log.info({ reason: String(error), port: listener.binding.hostPort }, 'port could not be closed')
    }
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

function ignoreFailure(): void {
  // Whoever asked for the change is told; the next one does not depend on it.
}
