import { describe, expect, it } from 'vitest'
import {
  emptyNetworkForm,
  toConnectRequest,
  toCreateNetwork,
  type NetworkForm,
} from '../../../../src/renderer/lib/network-form'
import { toReachRequest, type ReachForm } from '../../../../src/renderer/lib/reach-form'
import { container, network } from '../support'

const existing = [network({ name: 'back', subnets: [{ subnet: '172.30.5.0/24', gateway: '', range: '' }] })]

function problems(change: Partial<NetworkForm>) {
  const result = toCreateNetwork({ ...emptyNetworkForm(), name: 'front', ...change }, existing)
  return 'problems' in result
    ? Object.fromEntries(Object.entries(result.problems).map(([path, { key }]) => [path, key]))
    : {}
}
const row = (subnet: string, gateway = '', range = '') => ({ subnet, gateway, range })

describe('toCreateNetwork', () => {
  it('makes a request without the blank rows', () => {
    const form: NetworkForm = {
      ...emptyNetworkForm(),
      name: ' front ',
      subnets: [row(''), row('172.31.0.0/16', '172.31.0.1', '172.31.5.0/24')],
      labels: [
        { name: '', value: '' },
        { name: 'a', value: 'b' },
      ],
    }
    expect(toCreateNetwork(form, existing)).toMatchObject({
      request: {
        name: 'front',
        subnets: [row('172.31.0.0/16', '172.31.0.1', '172.31.5.0/24')],
        labels: [{ name: 'a', value: 'b' }],
      },
    })
  })

  it.each([
    [{ name: '' }, { name: 'name' }],
    [{ name: 'back' }, { name: 'name-taken' }],
    [{ subnets: [row('nonsense')] }, { 'subnets.0.subnet': 'subnet' }],
    [{ subnets: [row('', '10.0.0.1')] }, { 'subnets.0.subnet': 'subnet' }],
    [{ subnets: [row('172.31.0.1/16')] }, { 'subnets.0.subnet': 'host-bits' }],
    [{ subnets: [row('172.31.0.0/32')] }, { 'subnets.0.subnet': 'subnet-small' }],
    [{ subnets: [row('172.30.0.0/16')] }, { 'subnets.0.subnet': 'overlaps' }],
    [{ subnets: [row('10.0.2.0/24')] }, { 'subnets.0.subnet': 'overlaps-machine' }],
    [{ subnets: [row('172.31.0.0/16', '10.9.9.9')] }, { 'subnets.0.gateway': 'gateway-outside' }],
    [{ subnets: [row('172.31.0.0/16', 'x')] }, { 'subnets.0.gateway': 'address' }],
    [{ subnets: [row('172.31.0.0/16', '', '172.32.0.0/24')] }, { 'subnets.0.range': 'range-outside' }],
    [{ subnets: [row('172.31.0.0/24'), row('172.31.1.0/24')] }, { 'subnets.1.subnet': 'one-per-family' }],
    [{ subnets: [row(''), row('fd00::/64')] }, { 'subnets.1.subnet': 'needs-ipv6' }],
    [{ labels: [{ name: 'a b', value: '' }] }, { 'labels.0.name': 'pair' }],
    [
      {
        options: [
          { name: 'a', value: '' },
          { name: 'a', value: '1' },
        ],
      },
      { 'options.1.name': 'duplicate' },
    ],
  ])('finds the problem of %j', (change, expected) => {
    expect(problems(change)).toEqual(expected)
  })

  it('names the network with the same addresses', () => {
    const form = { ...emptyNetworkForm(), name: 'front', subnets: [row('172.30.5.128/25')] }
    expect(toCreateNetwork(form, existing)).toEqual({
      problems: {
        'subnets.0.subnet': { key: 'overlaps', params: { network: 'back', subnet: '172.30.5.0/24' } },
      },
    })
  })
})

describe('toConnectRequest', () => {
  it('splits aliases, and refuses what is no name or no address', () => {
    const form = { container: 'c', aliases: 'db, store  db', ipv4: ' 10.0.0.5 ', ipv6: '' }
    expect(toConnectRequest(form, 'n')).toEqual({
      request: { network: 'n', container: 'c', aliases: ['db', 'store'], ipv4: '10.0.0.5', ipv6: '' },
    })
    expect(toConnectRequest({ container: '', aliases: '-x', ipv4: 'fd00::1', ipv6: '1' }, 'n')).toEqual({
      problems: { container: 'container', aliases: 'alias', ipv4: 'ipv4', ipv6: 'ipv6' },
    })
  })
})

describe('toReachRequest', () => {
  const form: ReachForm = { from: 'a', kind: 'container', to: 'b', host: '', how: 'tcp', port: '' }
  const containers = new Map([
    ['a', container({ id: 'a' })],
    ['b', container({ id: 'b', state: 'exited', exposedPorts: ['53/udp', '8080/tcp'] })],
  ])

  it('uses the port that the target exposes if the user enters none', () => {
    expect(toReachRequest(form, containers)).toEqual({
      request: { from: 'a', to: { kind: 'container', id: 'b' }, port: 8080 },
    })
  })

  it('refuses a source that does not run, and everything that is no host name', () => {
    const host = { ...form, from: 'b', kind: 'host' as const, port: '0' }
    for (const name of ['', '-x', 'a b', "a'b", 'http://a', 'a/b'])
      expect(toReachRequest({ ...host, host: name }, containers)).toEqual({
        problems: { from: 'from', host: 'host', port: 'port' },
      })
    for (const name of ['example.com', '10.0.0.1', 'fd00::5', 'my_db'])
      expect(toReachRequest({ ...host, from: 'a', how: 'ping', host: name }, containers)).toEqual({
        request: { from: 'a', to: { kind: 'host', name }, port: null },
      })
  })
})
