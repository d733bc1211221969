import type { AddressChange } from '../../shared/changes'
import type { Container } from '../../shared/containers'
import type { Network } from '../../shared/networks'
import type { ContainerSpec } from '../../shared/run'
import type { CreateBody } from '../engine'

/** The drivers whose networks take a MAC address of the user's choice. */
const macDrivers = new Set(['bridge', 'macvlan'])

/**
 * Returns the body with the MAC addresses that the running old container has. The engine would choose new ones at
 * random, and other containers would look for the old ones for a while. Two containers never run with the same address,
 * because the old one is stopped before the new one starts.
 */
export function withSameMacs(
  body: CreateBody,
  { endpoints }: Pick<Container, 'endpoints'>,
  networks: ReadonlyMap<string, Network>,
): CreateBody {
  const configs = Object.entries(body.NetworkingConfig.EndpointsConfig).map(([network, config]) => {
    const old = endpoints.find((endpoint) => endpoint.network === network)
    const driver = networks.get(old?.networkId ?? '')?.driver ?? ''
    const keeps = old !== undefined && old.mac !== '' && !config.MacAddress && macDrivers.has(driver)
    return [network, keeps ? { ...config, MacAddress: old.mac } : config] as const
  })
  return {
    ...body,
    NetworkingConfig: { ...body.NetworkingConfig, EndpointsConfig: Object.fromEntries(configs) },
  }
}

/** The addresses that a running container has lost, without those that the user has changed. */
export function lostAddresses(
  before: Pick<Container, 'endpoints'>,
  after: Pick<Container, 'endpoints'>,
  { networks }: Pick<ContainerSpec, 'networks'>,
): AddressChange[] {
  return before.endpoints.flatMap((old) => {
    const { network } = old
    const now = after.endpoints.find((endpoint) => endpoint.network === network)
    if (now === undefined) return []
    const fixed = networks.find((one) => one.network === network)
    return (['ipv4', 'ipv6', 'mac'] as const).flatMap((kind): AddressChange[] => {
      const isChosen = kind !== 'mac' && fixed !== undefined && fixed[kind] !== ''
      if (isChosen || old[kind] === '' || old[kind] === now[kind]) return []
      return [{ network, before: old[kind], after: now[kind] }]
    })
  })
}
