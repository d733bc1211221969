import { LRUCache } from 'lru-cache'
import { BerthError } from '../../shared/errors'
import type { Container } from '../../shared/containers'
import type { PortBinding } from '../../shared/ports'
import { hostPortOf, isTaken } from './port-probe'
import { PortOwners } from './port-owner'
import { isLocalhost, numberOf, portTarget } from './port-targets'

/** `ports`: how many ports of a range Berth probes. `atOnce`: how many ports Berth probes simultaneously. */
const limits = { ports: 2048, atOnce: 64 }

/** How many chosen ports Berth remembers until a container uses them. Some of these containers are never created. */
const mostPromised = 256

/** A range such as `8000-8010`. The container gets one of these ports of the host. */
export interface HostPortRange {
  hostIp: string
  first: number
  last: number
  protocol: 'tcp' | 'udp'
}

/**
 * Chooses a port from a range (`docker run -p 8000-8010:80`) if the engine might choose a port that is taken. The
 * engine knows the ports of containers, but not the ports of other programs on this computer.
 */
export class PortRanges {
  readonly #isOpen: (binding: PortBinding) => boolean
  readonly #promised = new LRUCache<string, true>({ max: mostPromised })
  #wanted = new Set<string>()

  /** `isOpen` tells whether Berth itself has the port open for a container. The engine already knows these ports. */
  constructor(isOpen: (binding: PortBinding) => boolean) {
    this.#isOpen = isOpen
  }

  /** Updates the ports of all containers, running or not. */
  sync(containers: readonly Container[]): void {
    this.#wanted = new Set(containers.flatMap(({ ports }) => ports.map(numberOf)))
    for (const port of this.#wanted) this.#promised.delete(port)
  }

  /**
   * Returns the port to request from the engine instead of the range. Returns undefined if the engine may choose.
   * @throws BerthError port.range-taken
   */
  async choose(range: HostPortRange): Promise<number | undefined> {
    const bindings = bindingsOf(range)
    const taken = await this.#takenOf(bindings)
    const [firstTaken] = taken
    if (firstTaken === undefined) return undefined
    const free = bindings.filter((binding) => !taken.has(binding) && !this.#isOpen(binding))
    const unwanted = free.filter((binding) => !this.#wanted.has(numberOf(binding)))
    // A port promised to a new container is better than the port of a stopped container: the new container may never be
    // created.
    const chosen =
      unwanted.find((binding) => !this.#promised.has(numberOf(binding))) ?? unwanted[0] ?? free[0]
    if (chosen === undefined) throw await rangeTaken(range, firstTaken)
    this.#promised.set(numberOf(chosen), true)
    return chosen.hostPort
  }

  /**
   * Returns the longest part of a range without a port of another program. Returns undefined if that is the whole
   * range. Unlike `choose`, it leaves the choice to the engine, for several containers that share the range.
   * @throws BerthError port.range-taken
   */
  async freePart(range: HostPortRange): Promise<{ first: number; last: number } | undefined> {
    const bindings = bindingsOf(range)
    const taken = await this.#takenOf(bindings)
    const [firstTaken] = taken
    if (firstTaken === undefined) return undefined
    let part: PortBinding[] = []
    let run: PortBinding[] = []
    for (const binding of bindings) {
      run = taken.has(binding) ? [] : [...run, binding]
      if (run.length > part.length) part = run
    }
    const [first, last] = [part[0], part.at(-1)]
    if (first === undefined || last === undefined) throw await rangeTaken(range, firstTaken)
    return { first: first.hostPort, last: last.hostPort }
  }

  /** The ports that other programs of this computer have. */
  async #takenOf(bindings: readonly PortBinding[]): Promise<Set<PortBinding>> {
    const taken = new Set<PortBinding>()
    for (let start = 0; start < bindings.length; start += limits.atOnce)
      await Promise.all(
        bindings.slice(start, start + limits.atOnce).map(async (binding) => {
          if (!this.#isOpen(binding) && (await isBindingTaken(binding))) taken.add(binding)
        }),
      )
    return taken
  }
}

function bindingsOf({ hostIp, first, last, protocol }: HostPortRange): PortBinding[] {
  const length = Math.min(last - first + 1, limits.ports)
  return Array.from({ length }, (_, index) => ({
    hostIp,
    hostPort: first + index,
    containerPort: first,
    protocol,
  }))
}

async function isBindingTaken(binding: PortBinding): Promise<boolean> {
  const { address } = portTarget(binding)
  for (const each of isLocalhost(address) ? [address, '::1'] : [address])
    if (await isTaken(hostPortOf(binding, each))) return true
  return false
}

async function rangeTaken({ first, last, protocol }: HostPortRange, taken: PortBinding): Promise<BerthError> {
  const { address } = portTarget(taken)
  const owner = await new PortOwners().of(hostPortOf(taken, address))
  return new BerthError('port.range-taken', { first, last, protocol, address, port: taken.hostPort, owner })
}
