import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import type { ConnectRequest, CreateNetwork, Network } from '../../shared/networks'
import { EngineResponseError, pathPart, type EngineClient } from './client'
import { engineError, isMissing, withEngineErrors } from './engine-errors'
import { toNetwork } from './mapping'
import { createdSchema, networkInspectSchema, type NetworkInspect } from './schemas'

/** The engine's networks. Each method accepts a name in place of an id. */
export class Networks {
  readonly #client: EngineClient

  constructor(client: EngineClient) {
    this.#client = client
  }

  async list(signal?: AbortSignal): Promise<Network[]> {
    const networks = await withEngineErrors({}, () =>
      this.#client.json({ method: 'GET', path: '/networks', signal }, z.array(networkInspectSchema)),
    )
    return networks.map(toNetwork)
  }

  /** Undefined if there is no such network. */
  async find(id: string, signal?: AbortSignal): Promise<Network | undefined> {
    const inspect = await this.#read(id, signal)
    return inspect === undefined ? undefined : toNetwork(inspect)
  }

  /** The addresses that running containers have in a network. Empty if there is no such network. */
  async addresses(id: string): Promise<string[]> {
    const { Containers: containers } = (await this.#read(id)) ?? {}
    return Object.values(containers ?? {})
      .flatMap(({ IPv4Address: ipv4 = '', IPv6Address: ipv6 = '' }) => [ipv4, ipv6])
      .filter((address) => address !== '')
      .map((address) => address.replace(/\/\d+$/, ''))
  }

  /**
   * @throws BerthError network.name-taken, network.no-subnet-left; network.pool-overlaps if another client has taken
   * the subnet in the meantime
   */
  async create(request: CreateNetwork): Promise<{ id: string }> {
    const { Id } = await withEngineErrors({ network: request.name }, () =>
      this.#client.json(
        { method: 'POST', path: '/networks/create', body: createBody(request) },
        createdSchema,
      ),
    )
    return { id: Id }
  }

  /** @throws BerthError network.in-use with the running containers, network.not-found, network.predefined */
  async remove(id: string): Promise<void> {
    const inspect = await this.#read(id)
    if (inspect === undefined) throw new BerthError('network.not-found', { network: id })
    const { Name: network, Containers: containers } = inspect
    try {
      await this.#client.call({ method: 'DELETE', path: path(id) })
    } catch (error) {
      const users = Object.values(containers ?? {}).map(({ Name }) => Name)
      if (
        error instanceof EngineResponseError &&
        error.message.includes('active endpoints') &&
        users.length > 0
      )
        throw new BerthError(
          'network.in-use',
          { network, containers: users.sort().join(', ') },
          { detail: error.message, cause: error },
        )
      throw engineError(error, { network })
    }
  }

  /**
   * @throws BerthError network.already-connected, network.address-taken, network.address-outside,
   * network.mode-excludes, network.not-found, container.not-found
   */
  async connect(
    { aliases, ipv4, ipv6 }: ConnectRequest,
    network: { id: string; name: string },
    container: { id: string; name: string },
  ): Promise<void> {
    const ipam = {
      ...(ipv4 === '' ? {} : { IPv4Address: ipv4 }),
      ...(ipv6 === '' ? {} : { IPv6Address: ipv6 }),
    }
    await withEngineErrors({ network: network.name, container: container.name }, () =>
      this.#client.call({
        method: 'POST',
        path: `${path(network.id)}/connect`,
        body: {
          Container: container.id,
          EndpointConfig: {
            Aliases: aliases,
            ...(Object.keys(ipam).length === 0 ? {} : { IPAMConfig: ipam }),
          },
        },
      }),
    )
  }

  /** @throws BerthError network.not-connected, network.mode-excludes, network.not-found, container.not-found */
  async disconnect(
    network: { id: string; name: string },
    container: { id: string; name: string },
  ): Promise<void> {
    await withEngineErrors({ network: network.name, container: container.name }, () =>
      this.#client.call({
        method: 'POST',
        path: `${path(network.id)}/disconnect`,
        body: { Container: container.id, Force: false },
      }),
    )
  }

  async #read(id: string, signal?: AbortSignal): Promise<NetworkInspect | undefined> {
    try {
      return await this.#client.json({ method: 'GET', path: path(id), signal }, networkInspectSchema)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw engineError(error, { network: id })
    }
  }
}

function path(id: string): string {
  return `/networks/${pathPart(id)}`
}

function createBody(request: CreateNetwork): object {
  const { name, driver, internal, attachable, ipv6, subnets, options, labels } = request
  return {
    Name: name,
    Driver: driver,
    Internal: internal,
    Attachable: attachable,
    EnableIPv6: ipv6,
    IPAM: {
      Driver: 'default',
      Config: subnets.map(({ subnet, gateway, range }) => ({
        Subnet: subnet,
        ...(gateway === '' ? {} : { Gateway: gateway }),
        ...(range === '' ? {} : { IPRange: range }),
      })),
    },
    Options: pairs(options),
    Labels: pairs(labels),
  }
}

/** `fromEntries` makes an own property of every name, even of `__proto__`. So JSON has all of them. */
function pairs(rows: readonly { name: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}
