import { describe, expect, it } from 'vitest'
import { lostAddresses, withSameMacs } from '../../../../src/main/containers/kept-addresses'
import type { CreateBody } from '../../../../src/main/engine'
import type { ContainerEndpoint } from '../../../../src/shared/containers'
import { network } from '../../renderer/support'

function endpoint(name: string, change: Partial<ContainerEndpoint> = {}): ContainerEndpoint {
  const addresses = { ipv4: '172.20.0.5', ipv6: '', mac: '02:42:ac:14:00:05' }
  return { network: name, networkId: `id-${name}`, ...addresses, aliases: [], dnsNames: [], ...change }
}
const body = (endpoints: CreateBody['NetworkingConfig']['EndpointsConfig']): CreateBody => ({
  Image: 'app',
  HostConfig: {},
  NetworkingConfig: { EndpointsConfig: endpoints },
})

describe('the addresses of a container in an edit', () => {
  it('keep the MAC address in networks that take one, unless the user has chosen another', () => {
    const networks = new Map(
      [
        network({ id: 'id-inner', driver: 'bridge' }),
        network({ id: 'id-own', driver: 'bridge' }),
        network({ id: 'id-vlan', driver: 'ipvlan' }),
      ].map((one) => [one.id, one]),
    )
    const endpoints = ['inner', 'own', 'vlan'].map((name) => endpoint(name))
    const kept = withSameMacs(
      body({ inner: { Aliases: ['db'] }, own: { MacAddress: '02:00:00:00:00:01' }, vlan: {}, new: {} }),
      { endpoints },
      networks,
    )
    expect(kept.NetworkingConfig.EndpointsConfig).toEqual({
      inner: { Aliases: ['db'], MacAddress: '02:42:ac:14:00:05' },
      own: { MacAddress: '02:00:00:00:00:01' },
      vlan: {},
      new: {},
    })
  })

  it('are reported if they are lost, but not if the user has changed them or left the network', () => {
    const before = {
      endpoints: [endpoint('inner', { ipv6: 'fd00::5' }), endpoint('gone'), endpoint('fixed')],
    }
    const after = {
      endpoints: [
        endpoint('inner', { ipv4: '172.20.0.3', ipv6: '' }),
        endpoint('fixed', { ipv4: '172.20.0.9' }),
        endpoint('new'),
      ],
    }
    const networks = [{ network: 'fixed', aliases: [], ipv4: '172.20.0.9', ipv6: '' }]
    expect(lostAddresses(before, after, { networks })).toEqual([
      { network: 'inner', before: '172.20.0.5', after: '172.20.0.3' },
      { network: 'inner', before: 'fd00::5', after: '' },
    ])
    expect(lostAddresses(after, after, { networks: [] })).toEqual([])
  })
})
