import { BerthError } from '../../shared/errors'
import type { Container } from '../../shared/containers'
import type { PortBinding } from '../../shared/ports'
import { probePort } from '../lib'
import { numberOf } from './open-ports'
import { PortOwners } from './port-owner'
import { isLocalhost, portTarget } from './port-targets'

/** Ports of a range that are looked at, and how many at once. */
const limits = { ports: 2048, atOnce: 64 }

/** Ports given away that are remembered until a container has them; one whose container was not made is forgotten. */
const mostPromised = 256

/** `8000-8010`: any one of these ports of the host. */
export interface HostPortRange {
  hostIp: string
  first: number
  last: number
  protocol: 'tcp' | 'udp'
}

/** Whether this computer has an address, and thus may listen on it. */
export async function isOwnAddress(address: string): Promise<boolean> {
  const where = { protocol: 'tcp' as const, hostAddress: address, hostPort: 0 }
  return (await probePort(where)) !== 'EADDRNOTAVAIL'
}

/**
 * Chooses from ranges (`docker run -p 8000-8010:80`) where the engine would err: it knows what containers have, and
 * not what other programs of this computer have.
 */
export class PortRanges {
  readonly #isOpen: (binding: PortBinding) => boolean
  readonly #promised = new Set<string>()
  #wanted = new Set<string>()

  /** `isOpen` tells of the ports that Berth has open itself, which the engine knows of. */
  constructor(isOpen: (binding: PortBinding) => boolean) {
    this.#isOpen = isOpen
  }

  /** Every container, running or not. */
  sync(containers: readonly Container[]): void {
    this.#wanted = new Set(containers.flatMap(({ ports }) => ports.map(numberOf)))
    for (const port of this.#wanted) this.#promised.delete(port)
  }

  /**
   * The port to ask the engine for in the range's stead; undefined when it may choose freely. Rejects with
   * port.range-taken when none is free.
   */
  async choose(range: HostPortRange): Promise<number | undefined> {
    const bindings = bindingsOf(range)
    const taken = new Set<PortBinding>()
    for (let start = 0; start < bindings.length; start += limits.atOnce)
      await Promise.all(
        bindings.slice(start, start + limits.atOnce).map(async (binding) => {
          if (!this.#isOpen(binding) && (await isTaken(binding))) taken.add(binding)
        }),
      )
    const [firstTaken] = taken
    if (firstTaken === undefined) return undefined
    const free = bindings.filter((binding) => !taken.has(binding) && !this.#isOpen(binding))
    const unwanted = free.filter((binding) => !this.#wanted.has(numberOf(binding)))
    // Of the rest, better one whose container was perhaps never made than that of one which is only stopped.
    const chosen =
      unwanted.find((binding) => !this.#promised.has(numberOf(binding))) ?? unwanted[0] ?? free[0]
    if (chosen === undefined) throw await rangeTaken(range, firstTaken)
    this.#promise(numberOf(chosen))
    return chosen.hostPort
  }

  #promise(port: string): void {
    this.#promised.add(port)
    const [oldest] = this.#promised
    if (oldest !== undefined && this.#promised.size > mostPromised) this.#promised.delete(oldest)
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

async function isTaken(binding: PortBinding): Promise<boolean> {
  const { address } = portTarget(binding)
  const protocol = binding.protocol === 'udp' ? ('udp' as const) : ('tcp' as const)
  for (const hostAddress of isLocalhost(address) ? [address, '::1'] : [address])
    if ((await probePort({ protocol, hostAddress, hostPort: binding.hostPort })) === 'EADDRINUSE') return true
  return false
}

async function rangeTaken({ first, last, protocol }: HostPortRange, taken: PortBinding): Promise<BerthError> {
  const { address } = portTarget(taken)
  const port = taken.hostPort
  const owner = await new PortOwners().of(port, protocol, address)
  return new BerthError('port.range-taken', { first, last, protocol, address, port, owner })
}
