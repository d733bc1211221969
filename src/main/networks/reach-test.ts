import { z } from 'zod'
import { isActive, type Container } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import { parseAddress } from '../../shared/ip-ranges'
import { networkAliasSchema } from '../../shared/networks'
import type { ReachReport, ReachRequest, ReachStep, ReachVerdict } from '../../shared/reach'
import type { Engine } from '../engine'
import { guestNetwork } from '../lib'
import type { CommandResult, SshLink } from '../ssh'
import {
  type ConnectOutcome,
  connectCommand,
  connectOutcome,
  lookupCommand,
  nameFilesCommand,
  parseListening,
  parseLookup,
  parseNameFiles,
  socketsCommand,
} from './reach-commands'

/** A program tries every address of a name. Berth tries this many, because each may take seconds. */
const triedAddresses = 2
const triedServers = 2
const triedNames = 3
const listedPorts = 20

const nameFilePathsSchema = z.object({
  HostsPath: z.string().startsWith('/'),
  ResolvConfPath: z.string().startsWith('/'),
})

export interface ReachTestOptions {
  link: Pick<SshLink, 'exec'>
  engine: { readonly containers: Pick<Engine['containers'], 'get' | 'inspect'> }
}

/** A container whose network Berth has looked up. */
interface Place {
  container: Container
  /** The container that owns the network namespace: itself, unless the mode is `container:ID`. */
  owner: Container
  networks: string[]
}

/**
 * Answers “can A reach B?” by trying it: resolves the name and connects from A's network namespace, with the programs
 * of the machine. Nothing is started in A.
 */
export class ReachTest {
  readonly #options: ReachTestOptions

  constructor(options: ReachTestOptions) {
    this.#options = options
  }

  /**
   * @throws BerthError container.not-found, container.not-running, network.try-failed, machine.connection-lost,
   * machine.not-running; the signal's reason
   */
  async try(request: ReachRequest, signal: AbortSignal): Promise<ReachReport> {
    const from = await this.#place(request.from)
    if (!isActive(from.container) || from.container.pid === 0)
      throw new BerthError('container.not-running', { container: from.container.name })
    const attempt = { from, port: request.port, signal, steps: [] }
    return request.to.kind === 'host'
      ? this.#tryHost(attempt, request.to.name)
      : this.#tryContainer(attempt, await this.#place(request.to.id))
  }

  async #tryHost(attempt: Attempt, name: string): Promise<ReachReport> {
    const { steps } = attempt
    if (isWithoutNetwork(attempt.from)) return { verdict: 'source-without-network', steps }
    const { addresses, outcome } = await this.#resolve(attempt, name)
    if (addresses.length === 0)
      return { verdict: outcome === 'no-answer' ? 'name-no-answer' : 'name-unknown', steps }
    return { verdict: await this.#connect(attempt, addresses), steps }
  }

  async #tryContainer(attempt: Attempt, to: Place): Promise<ReachReport> {
    const { steps, from } = attempt
    const common = from.networks.filter((network) => to.networks.includes(network))
    steps.push({ step: 'networks', common, from: from.networks, to: to.networks })
    if (!isActive(to.container)) return { verdict: 'target-stopped', steps }
    if (from.container.id !== to.container.id && sharesNamespace(from, to))
      return { verdict: await this.#verdict(attempt, to, ['127.0.0.1'], true), steps }
    if (isWithoutNetwork(from)) return { verdict: 'source-without-network', steps }
    const own = ownAddresses(to, common)
    if (own.length === 0) return { verdict: 'target-without-network', steps }
    // Only the owner of the network has a name there.
    const { addresses } = await this.#resolve(attempt, to.owner.name)
    const named = addresses.filter((address) => own.includes(address))
    const verdict = await this.#verdict(attempt, to, named.length > 0 ? named : own, named.length > 0)
    const separate = common.length === 0 && (verdict === 'timeout' || verdict === 'unreachable')
    return { verdict: separate ? 'separate-networks' : verdict, steps }
  }

  async #verdict(attempt: Attempt, to: Place, addresses: string[], named: boolean): Promise<ReachVerdict> {
    const verdict = await this.#connect(attempt, addresses)
    if (verdict === 'reached') {
      if (!named) return 'address-only'
      return to.container.state === 'paused' ? 'reached-paused' : 'reached'
    }
    if (verdict !== 'refused' || attempt.port === null) return verdict
    const outcome = await this.#listening(attempt, to, attempt.port, addresses)
    if (outcome === 'loopback') return 'refused-loopback'
    return outcome === 'nobody' ? 'refused-nobody' : 'refused'
  }

  /** Resolves a name as the container would: with its hosts file, then with its name servers. */
  async #resolve(
    attempt: Attempt,
    name: string,
  ): Promise<{ addresses: string[]; outcome: Extract<ReachStep, { step: 'resolve' }>['outcome'] }> {
    if (parseAddress(name) !== undefined) return { addresses: [name], outcome: 'found' }
    const { steps, from } = attempt
    if (!networkAliasSchema.safeParse(name).success) {
      steps.push({ step: 'resolve', name, server: '', outcome: 'not-found', addresses: [] })
      return { addresses: [], outcome: 'not-found' }
    }
    const { hosts, nameServers, searchDomains } = await this.#nameFiles(attempt)
    const listed = hosts.get(name.toLowerCase())
    if (listed !== undefined) {
      steps.push({ step: 'resolve', name, server: '', outcome: 'found', addresses: listed })
      return { addresses: listed, outcome: 'found' }
    }
    const names = [name, ...searchDomains.map((domain) => `${name}.${domain}`)].slice(0, triedNames)
    let last: Extract<ReachStep, { step: 'resolve' }> = {
      step: 'resolve',
      name,
      server: '',
      outcome: 'no-answer',
      addresses: [],
    }
    for (const server of nameServers.slice(0, triedServers)) {
      for (const asked of names) {
        const result = await this.#run(attempt, lookupCommand(from.container.pid, asked, server))
        last = { ...last, server, ...parseLookup(result) }
        if (last.outcome !== 'not-found') break
      }
      if (last.outcome !== 'no-answer') break
    }
    steps.push(last)
    return { addresses: last.addresses, outcome: last.outcome }
  }

  async #nameFiles(attempt: Attempt) {
    const inspect: unknown = JSON.parse(await this.#options.engine.containers.inspect(attempt.from.owner.id))
    const { HostsPath: hosts, ResolvConfPath: resolv } = nameFilePathsSchema.parse(inspect)
    const { stdout } = await this.#run(attempt, nameFilesCommand({ hosts, resolv }))
    return parseNameFiles(stdout)
  }

  /** Tries the addresses until one is reached. Returns the outcome of the first address if none is reached. */
  async #connect(attempt: Attempt, addresses: readonly string[]): Promise<ConnectOutcome> {
    const { steps, port, from } = attempt
    const outcomes: ConnectOutcome[] = []
    for (const address of addresses.slice(0, triedAddresses)) {
      const result = await this.#run(attempt, connectCommand(from.container.pid, address, port))
      const outcome = connectOutcome(result)
      steps.push({ step: 'connect', address, port, outcome, detail: result.stderr.trim().slice(0, 300) })
      if (outcome === 'reached') return outcome
      outcomes.push(outcome)
    }
    return outcomes[0] ?? 'unreachable'
  }

  /** Finds out on which of its addresses the target listens, from the kernel's list of its sockets. */
  async #listening(attempt: Attempt, to: Place, port: number, addresses: readonly string[]) {
    const { stdout } = await this.#run(attempt, socketsCommand(to.container.pid))
    const sockets = parseListening(stdout)
    const onPort = sockets.filter((socket) => socket.port === port).map(({ address }) => address)
    const isOpen = (address: string) => ['0.0.0.0', '::', ...addresses].includes(address)
    const outcome =
      onPort.length === 0
        ? 'nobody'
        : onPort.some(isOpen)
          ? 'all'
          : onPort.every(isLoopback)
            ? 'loopback'
            : 'other-address'
    const ports = sockets.filter(({ address }) => !isLoopback(address)).map((socket) => socket.port)
    attempt.steps.push({
      step: 'listening',
      outcome,
      addresses: [...new Set(onPort)],
      ports: [...new Set(ports)].sort((a, b) => a - b).slice(0, listedPorts),
    })
    return outcome
  }

  async #run({ signal, from }: Attempt, command: string): Promise<CommandResult> {
    const result = await this.#options.link.exec(command, { signal })
    if (result.stderr.startsWith('nsenter:'))
      throw new BerthError(
        'network.try-failed',
        { container: from.container.name },
        { detail: result.stderr.trim() },
      )
    return result
  }

  async #place(id: string): Promise<Place> {
    const { containers } = this.#options.engine
    const container = await containers.get(id)
    const ownerId = /^container:(.+)$/.exec(container.networkMode)?.[1]
    const owner = ownerId === undefined ? container : await containers.get(ownerId)
    return { container, owner, networks: owner.endpoints.map(({ network }) => network) }
  }
}

interface Attempt {
  from: Place
  port: number | null
  signal: AbortSignal
  steps: ReachStep[]
}

function isHostMode({ owner }: Place): boolean {
  return owner.networkMode === 'host'
}

function sharesNamespace(a: Place, b: Place): boolean {
  return a.owner.id === b.owner.id || (isHostMode(a) && isHostMode(b))
}

/** True if the container has only a loopback interface. */
function isWithoutNetwork({ networks }: Place): boolean {
  return networks.every((network) => network === 'none')
}

/** The addresses of a container, those in a common network first. */
function ownAddresses(place: Place, common: readonly string[]): string[] {
  if (isHostMode(place)) return [guestNetwork.guest]
  const { endpoints } = place.owner
  const sorted = [
    ...endpoints.filter(({ network }) => common.includes(network)),
    ...endpoints.filter(({ network }) => !common.includes(network)),
  ]
  return sorted.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]).filter((address) => address !== '')
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
