import { LRUCache } from 'lru-cache'
import { BerthError } from '../../shared/errors'
import type { Container } from '../../shared/containers'
import type { PortBinding } from '../../shared/ports'
import { hostPortOf, isTaken } from './port-probe'
import { PortOwners } from './port-owner'
import { isLocalhost, numberOf, portTarget } from './port-targets'

/** How many ports of a range are probed, and how many of them simultaneously. */
const limits = { ports: 2048, atOnce: 64 }

/** How many chosen ports are remembered until a container has them. Some containers are never made. */
const mostPromised = 256

/** `8000-8010`: any one of these ports of the host. */
export interface HostPortRange {
  hostIp: string
  first: number
  last: number
  protocol: 'tcp' | 'udp'
}

/**
 * Chooses a port from a range (`docker run -p 8000-8010:80`) if the engine would choose wrongly. The engine knows the
 * ports of containers, but not those of other programs on this computer.
 */
export class PortRanges {
  readonly #isOpen: (binding: PortBinding) => boolean
  readonly #promised = new LRUCache<string, true>({ max: mostPromised })
  #wanted = new Set<string>()

  /** `isOpen`: whether Berth itself has the port open for a container, which the engine knows. */
  constructor(isOpen: (binding: PortBinding) => boolean) {
    this.#isOpen = isOpen
  }

  /** Takes note of all containers, running or not. */
  sync(containers: readonly Container[]): void {
    this.#wanted = new Set(containers.flatMap(({ ports }) => ports.map(numberOf)))
    for (const port of this.#wanted) this.#promised.delete(port)
  }

  /**
   * The port to request from the engine instead of the range; undefined when the engine may choose itself.
   * @throws BerthError port.range-taken
   */
  async choose(range: HostPortRange): Promise<number | undefined> {
    const bindings = bindingsOf(range)
    const taken = new Set<PortBinding>()
    for (let start = 0; start < bindings.length; start += limits.atOnce)
      await Promise.all(
        bindings.slice(start, start + limits.atOnce).map(async (binding) => {
          if (!this.#isOpen(binding) && (await isBindingTaken(binding))) taken.add(binding)
        }),
      )
    const [firstTaken] = taken
    if (firstTaken === undefined) return undefined
    const free = bindings.filter((binding) => !taken.has(binding) && !this.#isOpen(binding))
    const unwanted = free.filter((binding) => !this.#wanted.has(numberOf(binding)))
    // A port that was promised to a container, which may never be made, is better than that of a stopped container.
    const chosen =
      unwanted.find((binding) => !this.#promised.has(numberOf(binding))) ?? unwanted[0] ?? free[0]
    if (chosen === undefined) throw await rangeTaken(range, firstTaken)
    this.#promised.set(numberOf(chosen), true)
    return chosen.hostPort
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
