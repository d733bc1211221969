import type { BerthError } from '../../shared/errors'
import type { PortBinding } from '../../shared/ports'
import type { Listener } from './listeners'
import { overlaps, portTarget, type PortTarget } from './port-targets'

/** A port as a running container publishes it. */
export interface PublishedPort {
  containerId: string
  binding: PortBinding
}

/** A port of the host that is open, or that somebody is opening. */
export interface OpenPort {
  readonly binding: PortBinding
  target: PortTarget
  /** Undefined while it is being opened. */
  listener: Listener | undefined
  /** Unknown while it is held for a container that does not exist yet. */
  containerId: string | undefined
  /** Reservations that keep it open whether or not a container publishes it. */
  holds: number
  /** Why the local network does not reach it though it should. */
  networkError: BerthError | undefined
}

/** The open ports, found by number: there may be hundreds. */
export class OpenPorts {
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

  /** By what the port is on the host: requests for the same one may spell its address differently. */
  find(containerId: string | undefined, binding: PortBinding): OpenPort | undefined {
    const { address } = portTarget(binding)
    return this.#at(binding).find(
      (open) => open.containerId === containerId && portTarget(open.binding).address === address,
    )
  }

  /** Whoever keeps a binding from being opened. */
  conflict(binding: PortBinding): OpenPort | undefined {
    const { address } = portTarget(binding)
    return this.#at(binding).find((open) => overlaps(open.target.address, address))
  }

  /** Those that answer on ::1 as well, which a binding for an IPv6 address wants for itself. */
  onIpv6Too(binding: PortBinding): OpenPort[] {
    if (!binding.hostIp.includes(':')) return []
    return this.#at(binding).filter((open) => !open.binding.hostIp.includes(':'))
  }

  /** Whether a container asks for ::1 itself, so that nobody else may answer there. */
  ipv6IsTaken(binding: PortBinding): boolean {
    return this.#at(binding).some((open) => open.binding.hostIp.includes(':'))
  }

  #at(binding: PortBinding): OpenPort[] {
    return this.#byNumber.get(numberOf(binding)) ?? []
  }
}

/** `5000/tcp`. */
export function numberOf({ hostPort, protocol }: PortBinding): string {
  return `${hostPort}/${protocol}`
}

/** A binding that an open port serves as it is: the same address on the host, the same way into the machine. */
export function serves(open: OpenPort, binding: PortBinding): boolean {
  const [a, b] = [portTarget(open.binding), portTarget(binding)]
  return a.address === b.address && JSON.stringify(a.carrier) === JSON.stringify(b.carrier)
}
