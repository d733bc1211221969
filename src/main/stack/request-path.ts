import { isActive, type Container } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { Network } from '../../shared/networks'
import type { PortBinding, PortForward } from '../../shared/ports'
import type { AbsentReason, HopKind, HopOf, PathHop, PathRequest, RequestPath } from '../../shared/stack'
import type { EngineState } from '../engine'
import { guestNetwork, procNetAddress } from '../lib'
import type { Machine } from '../machine'
import { type PortForwarder, PortOwners, portTarget, type Route } from '../ports'
import type { SshLink } from '../ssh'
import { parsePath, pathCommand, type Interface, type PathFindings } from './path-commands'

export interface RequestPathOptions {
  machine: Pick<Machine, 'state' | 'process' | 'hostForward'>
  link: Pick<SshLink, 'exec'>
  state: Pick<EngineState, 'containers' | 'networks' | 'isOnline'>
  ports: Pick<PortForwarder, 'forwards'>
  owners?: () => Pick<PortOwners, 'process'>
}

/** A container, and what is known about the way to it. */
interface Subject {
  container: Container
  /** The container that owns the network namespace: itself, unless the mode is `container:ID`. */
  owner: Container
  binding: PortBinding | null
  forward: PortForward | undefined
  /** Why nothing is known about the inside of the machine. */
  absent: AbsentReason | undefined
  found: PathFindings | undefined
}

/** Finds the path of one request: from a browser on this computer to the process in a container. Changes nothing. */
export class RequestPaths {
  readonly #options: RequestPathOptions

  constructor(options: RequestPathOptions) {
    this.#options = options
  }

  /**
   * Reads the path from the ports, from QEMU and from the machine's kernel. Does not wake a paused machine.
   * @throws BerthError container.not-found, machine.connection-lost; the signal's reason
   */
  async find(request: PathRequest, signal: AbortSignal): Promise<RequestPath> {
    const subject = await this.#subject(request, signal)
    return {
      hops: [
        clientHop(subject),
        await this.#listenerHop(subject),
        await this.#carrierHop(subject),
        machineHop(subject),
        translationHop(subject),
        bridgeHop(subject, [...this.#options.state.networks.values()]),
        vethHop(subject),
        this.#namespaceHop(subject),
        processHop(subject),
      ],
    }
  }

  async #subject({ id, port }: PathRequest, signal: AbortSignal): Promise<Subject> {
    const { state, ports, machine } = this.#options
    const container = state.containers.get(id)
    if (container === undefined) throw new BerthError('container.not-found', { container: id })
    const ownerId = /^container:(.+)$/.exec(container.networkMode)?.[1]
    const owner = (ownerId === undefined ? undefined : state.containers.get(ownerId)) ?? container
    const forward =
      port === null
        ? undefined
        : ports.forwards.find((each) => each.containerId === owner.id && isSame(each.binding, port))
    const { phase } = machine.state
    const absent: AbsentReason | undefined =
      phase === 'paused'
        ? 'paused'
        : phase !== 'running' || !state.isOnline
          ? 'machine-off'
          : isActive(container) && container.pid > 0
            ? undefined
            : 'not-running'
    const common = { container, owner, binding: port, forward }
    if (absent !== undefined) return { ...common, absent, found: undefined }
    const command = pathCommand({ pid: container.pid, port: port ?? undefined })
    const { stdout } = await this.#options.link.exec(command, { signal, background: true })
    const found = parsePath(stdout)
    return { ...common, found, absent: found === undefined ? 'unreadable' : undefined }
  }

  async #listenerHop({ binding, forward, absent }: Subject): Promise<PathHop> {
    const why = notOpen(binding, forward, absent)
    if (binding === null || forward === undefined || why !== undefined)
      return missing('listener', why ?? 'not-open')
    const { address } = forward
    const owners = (this.#options.owners ?? (() => new PortOwners()))()
    const { hostPort, protocol } = binding
    const port = { protocol, hostPort }
    const isLocalhost = address === '127.0.0.1' || address === '0.0.0.0'
    const process = await owners.process({ ...port, hostAddress: address })
    // `localhost` is two addresses.
    const second = isLocalhost ? await owners.process({ ...port, hostAddress: '::1' }) : undefined
    return {
      kind: 'listener',
      absent: null,
      facts: {
        addresses: second !== undefined && second.pid === process?.pid ? [address, '::1'] : [address],
        port: hostPort,
        process:
          process === undefined ? null : { ...process, isBerth: process.pid === globalThis.process.pid },
      },
    }
  }

  async #carrierHop({ binding, forward, absent }: Subject): Promise<PathHop> {
    const why = notOpen(binding, forward, absent)
    const pid = this.#options.machine.process?.pid
    if (binding === null || why !== undefined || pid === undefined)
      return missing('carrier', why ?? 'machine-off')
    const { route } = portTarget(binding)
    if (route.kind === 'none') return missing('carrier', 'sctp')
    const forwards = await this.#options.machine.hostForward.list()
    // SSH has a forward of its own. A bridge has one too, but its port in the machine changes each time.
    const guestPort = route.kind === 'ssh' ? 22 : binding.hostPort
    const guest = route.kind === 'network' ? (route.guestAddress ?? guestNetwork.guest) : guestNetwork.guest
    const protocol = route.kind === 'ssh' ? 'tcp' : binding.protocol
    const carrying =
      route.kind === 'bridge'
        ? undefined
        : forwards.find(
            (each) =>
              each.protocol === protocol &&
              each.guestPort === guestPort &&
              (each.guestAddress ?? guestNetwork.guest) === guest,
          )
    const by = { network: 'qemu', ssh: 'ssh', bridge: 'bridge' } as const
    return {
      kind: 'carrier',
      absent: null,
      facts: {
        by: by[route.kind],
        pid,
        address: carrying?.hostAddress ?? null,
        port: carrying?.hostPort ?? null,
      },
    }
  }

  #namespaceHop({ found, absent, container }: Subject): PathHop {
    if (found === undefined) return missing('namespace', absent ?? 'unreadable')
    const isMachines = found.namespace === found.machineNamespace
    const addresses = isMachines
      ? [guestNetwork.guest]
      : found.interfaces.filter(({ name }) => name !== 'lo').flatMap((each) => each.addresses)
    const others = [...this.#options.state.containers.values()].filter(
      (other) => other.id !== container.id && isActive(other) && networkOf(other) === networkOf(container),
    )
    return {
      kind: 'namespace',
      absent: null,
      facts: {
        id: found.namespace,
        isMachines,
        addresses: addresses.filter((address) => !address.startsWith('fe80:')),
        sharedWith: others.map(({ name }) => name).sort(),
      },
    }
  }
}

/** The text is the same for two containers in the same network namespace. */
function networkOf({ id, networkMode }: Container): string {
  if (networkMode === 'host') return 'host'
  return /^container:(.+)$/.exec(networkMode)?.[1] ?? id
}

function isSame(a: PortBinding, b: PortBinding): boolean {
  return (
    a.hostIp === b.hostIp &&
    a.hostPort === b.hostPort &&
    a.containerPort === b.containerPort &&
    a.protocol === b.protocol
  )
}

/** Returns a hop that does not exist, or is not known. */
function missing<Kind extends HopKind>(kind: Kind, absent: AbsentReason) {
  // TypeScript cannot see that each kind of hop accepts null as its facts.
  return { kind, facts: null, absent } as HopOf<Kind>
}

/** Why the port is not open on this computer. Undefined if it is open. */
function notOpen(
  binding: PortBinding | null,
  forward: PortForward | undefined,
  absent: AbsentReason | undefined,
): AbsentReason | undefined {
  if (binding === null) return 'not-published'
  if (binding.protocol === 'sctp') return 'sctp'
  // During a pause, the ports stay open.
  if (absent !== undefined && absent !== 'paused') return absent
  return forward?.state === 'open' ? undefined : 'not-open'
}

function clientHop({ binding, forward }: Subject): PathHop {
  if (binding === null) return missing('client', 'not-published')
  const { protocol, hostIp, hostPort } = binding
  const address = forward?.address ?? hostIp
  const isLocalhost = ['', '127.0.0.1', '0.0.0.0', '::'].includes(address)
  const host = isLocalhost ? 'localhost' : address.includes(':') ? `[${address}]` : address
  const url = protocol === 'tcp' ? `http://${host}:${String(hostPort)}` : null
  return { kind: 'client', absent: null, facts: { url, protocol } }
}

function machineHop({ binding, forward, absent }: Subject): PathHop {
  const why = notOpen(binding, forward, absent)
  if (binding === null || why !== undefined) return missing('machine', why ?? 'not-published')
  const address = machineAddress(portTarget(binding).route)
  return { kind: 'machine', absent: null, facts: { address, port: binding.hostPort } }
}

function machineAddress(route: Route): string {
  return route.kind === 'none' ? guestNetwork.guest : (route.guestAddress ?? guestNetwork.guest)
}

/** The kernel's rule that sends the request to the container. Over SSH, the request goes through the engine's proxy. */
function translationHop(subject: Subject): PathHop {
  const { binding, forward, absent, found, owner } = subject
  const why = notOpen(binding, forward, absent) ?? absent
  if (binding === null || found === undefined || why !== undefined)
    return missing('translation', why ?? 'unreadable')
  if (owner.networkMode === 'host') return missing('translation', 'host-network')
  const { route } = portTarget(binding)
  if (route.kind === 'network') {
    const asked = route.guestAddress
    const rule = found.rules.find((each) => matchesRule(each, binding, asked))
    const [, address, port] = /--to-destination \[?([^\s\]]+?)\]?:(\d+)$/.exec(rule ?? '') ?? []
    if (rule !== undefined && address !== undefined)
      return {
        kind: 'translation',
        absent: null,
        facts: { by: 'nat', rule, pid: null, address, port: Number(port) },
      }
  }
  const proxy = found.proxies.find(({ command }) => matchesProxy(command, binding, route))
  const [, address] = / -container-ip (\S+)/.exec(proxy?.command ?? '') ?? []
  const [, port] = / -container-port (\d+)/.exec(proxy?.command ?? '') ?? []
  if (proxy === undefined || address === undefined) return missing('translation', 'unreadable')
  return {
    kind: 'translation',
    absent: null,
    facts: { by: 'proxy', rule: null, pid: proxy.pid, address, port: Number(port) },
  }
}

/** A rule without `-d` is for all addresses of the machine. */
function matchesRule(rule: string, { protocol }: PortBinding, address: string | undefined): boolean {
  const [, destination] = / -d (\S+?)(?:\/32)? /.exec(rule) ?? []
  return rule.includes(` -p ${protocol} `) && destination === address && rule.includes('--to-destination ')
}

function matchesProxy(command: string, { protocol }: PortBinding, route: Route): boolean {
  const [, address = ''] = / -host-ip (\S+)/.exec(command) ?? []
  const isIpv6 = route.kind === 'ssh' || route.kind === 'bridge'
  return command.includes(` -proto ${protocol} `) && address.includes(':') === isIpv6
}

/** The interface of the container that receives the request. */
function receiver(subject: Subject): Interface | undefined {
  const cabled = subject.found?.interfaces.filter(({ peer }) => peer !== undefined) ?? []
  const translated = translationHop(subject)
  const to = translated.kind === 'translation' ? translated.facts?.address : undefined
  return cabled.find(({ addresses }) => to !== undefined && addresses.includes(to)) ?? cabled[0]
}

/** Why there is no bridge and no virtual cable. */
function noCable({ found, absent, owner }: Subject): AbsentReason {
  if (found === undefined) return absent ?? 'unreadable'
  if (found.namespace === found.machineNamespace) return 'host-network'
  return owner.networks.every((name) => name === 'none') ? 'no-network' : 'other-driver'
}

function bridgeHop(subject: Subject, networks: readonly Network[]): PathHop {
  const { found, owner } = subject
  const inner = receiver(subject)
  const outer = found?.veths.find(({ index }) => index === inner?.peer)
  if (found === undefined || inner === undefined || outer === undefined || outer.bridge === '')
    return missing('bridge', noCable(subject))
  const endpoint = owner.endpoints.find(({ ipv4, ipv6 }) =>
    inner.addresses.some((address) => address === ipv4 || address === ipv6),
  )
  const network = networks.find(({ id }) => id === endpoint?.networkId)?.name ?? endpoint?.network ?? ''
  const addresses = found.bridges.get(outer.bridge) ?? []
  return {
    kind: 'bridge',
    absent: null,
    facts: {
      name: outer.bridge,
      addresses: addresses.filter((address) => !address.startsWith('fe80:')),
      network,
    },
  }
}

function vethHop(subject: Subject): PathHop {
  const inner = receiver(subject)
  const outer = subject.found?.veths.find(({ index }) => index === inner?.peer)
  if (inner === undefined || outer === undefined) return missing('veth', noCable(subject))
  return {
    kind: 'veth',
    absent: null,
    facts: {
      machine: { name: outer.name, index: outer.index },
      container: { name: inner.name, index: inner.index, mac: inner.mac },
    },
  }
}

function processHop({ found, absent, binding }: Subject): PathHop {
  if (found === undefined) return missing('process', absent ?? 'unreadable')
  if (binding === null) {
    if (found.first === undefined) return missing('process', 'unreadable')
    const { pid, inner, command } = found.first
    return { kind: 'process', absent: null, facts: { pid, inner, command, listens: null } }
  }
  // Several processes may share a socket. The command describes only the oldest one, which has opened it.
  const [listening] = found.listening
  if (listening === undefined) return missing('process', 'nobody-listens')
  const { pid, inner, command, socket = '' } = listening
  const [hex = '', port = ''] = socket.split(':')
  const listens = { address: procNetAddress(hex), port: Number.parseInt(port, 16) }
  return { kind: 'process', absent: null, facts: { pid, inner, command, listens } }
}
