import { BerthError } from '../../shared/errors'
import { containsAddress, firstAddress, parseAddress, parseRange } from '../../shared/ip-ranges'
import {
  isPredefined,
  subnetConflict,
  unusedNetworks,
  type ConnectRequest,
  type CreateNetwork,
  type Network,
} from '../../shared/networks'
import type { Engine, EngineState } from '../engine'

export interface NetworkActionsOptions {
  engine: {
    readonly containers: Pick<Engine['containers'], 'get' | 'list'>
    readonly networks: Pick<
      Engine['networks'],
      'list' | 'find' | 'addresses' | 'create' | 'remove' | 'connect' | 'disconnect'
    >
  }
  state: Pick<EngineState, 'refreshContainer'>
}

/** The actions on networks. Berth refuses what the engine would refuse late, or accept and then not carry out. */
export class NetworkActions {
  readonly #options: NetworkActionsOptions

  constructor(options: NetworkActionsOptions) {
    this.#options = options
  }

  /**
   * @throws BerthError network.overlaps-machine, network.overlaps; the errors of `Networks.create`
   */
  async create(request: CreateNetwork): Promise<{ id: string }> {
    const { networks } = this.#options.engine
    const existing = await networks.list()
    if (existing.some(({ name }) => name === request.name))
      throw new BerthError('network.name-taken', { network: request.name })
    for (const { subnet } of request.subnets) {
      const conflict = subnetConflict(subnet, existing)
      if (conflict === undefined) continue
      if ('machine' in conflict)
        throw new BerthError('network.overlaps-machine', { subnet, machine: conflict.machine })
      throw new BerthError('network.overlaps', { subnet, other: `${conflict.network} (${conflict.subnet})` })
    }
    return networks.create(request)
  }

  /** @throws BerthError network.predefined; the errors of `Networks.remove` */
  async remove(id: string): Promise<void> {
    const network = await this.#network(id)
    if (isPredefined(network)) throw new BerthError('network.predefined', { network: network.name })
    await this.#options.engine.networks.remove(network.id)
  }

  /**
   * Removes the networks that no container uses, running or not (see {@link unusedNetworks}). Leaves out a network that
   * a container has begun to use in the meantime.
   */
  async prune(): Promise<{ removed: string[] }> {
    const { networks, containers } = this.#options.engine
    const unused = unusedNetworks(await networks.list(), await containers.list())
    const removed: string[] = []
    for (const { id, name } of unused) {
      try {
        await networks.remove(id)
        removed.push(name)
      } catch (error) {
        const changed: BerthError['code'][] = ['network.in-use', 'network.not-found']
        if (!(error instanceof BerthError && changed.includes(error.code))) throw error
      }
    }
    return { removed }
  }

  /**
   * @throws BerthError network.address-outside, network.address-taken, network.already-connected; the errors of
   * `Networks.connect`
   */
  async connect(request: ConnectRequest): Promise<void> {
    const { engine, state } = this.#options
    const network = await this.#network(request.network)
    const container = await engine.containers.get(request.container)
    if (container.endpoints.some(({ networkId }) => networkId === network.id))
      throw new BerthError('network.already-connected', { container: container.name, network: network.name })
    for (const address of [request.ipv4, request.ipv6])
      if (address !== '' && !network.subnets.some(({ subnet }) => contains(subnet, address)))
        throw new BerthError('network.address-outside', { network: network.name })
    // After a failure, the engine keeps the network in the container's configuration, and the container would join it
    // at its next start. So Berth does not let the engine find out that the address is taken.
    const fixed = [request.ipv4, request.ipv6].filter((address) => address !== '')
    const taken =
      fixed.length === 0 ? [] : [...(await engine.networks.addresses(network.id)), ...gateways(network)]
    for (const address of fixed)
      if (taken.some((other) => parseAddress(other)?.value === parseAddress(address)?.value))
        throw new BerthError('network.address-taken', { network: network.name })
    await engine.networks.connect(request, network, container)
    // The engine sends no event for a container that does not run.
    await state.refreshContainer(container.id)
  }

  /** @throws BerthError the errors of `Networks.disconnect` */
  async disconnect(request: { network: string; container: string }): Promise<void> {
    const { engine, state } = this.#options
    const network = await this.#network(request.network)
    const container = await engine.containers.get(request.container)
    await engine.networks.disconnect(network, container)
    await state.refreshContainer(container.id)
  }

  async #network(id: string): Promise<Network> {
    const network = await this.#options.engine.networks.find(id)
    if (network === undefined) throw new BerthError('network.not-found', { network: id.slice(0, 12) })
    return network
  }
}

/** If a subnet has no gateway address, the engine uses the subnet's first address as the gateway. */
function gateways({ subnets }: Network): string[] {
  return subnets.map(({ subnet, gateway }) => gateway || firstAddress(subnet))
}

function contains(subnet: string, address: string): boolean {
  const range = parseRange(subnet)
  return range !== undefined && containsAddress(range, address)
}
