import { describe, expect, it } from 'vitest'
import { portTarget } from '../../../../src/main/ports/port-targets'
import { overlaps } from '../../../../src/shared/port-addresses'
import type { PortBinding } from '../../../../src/shared/ports'

function binding(hostIp: string, changes: Partial<PortBinding> = {}): PortBinding {
  return { hostIp, hostPort: 5000, containerPort: 80, protocol: 'tcp', ...changes }
}

describe('portTarget', () => {
  it('listens on the loopback address if no address is given, and forwards through the user network', () => {
    expect(portTarget(binding(''))).toMatchObject({ address: '127.0.0.1', route: { kind: 'network' } })
    expect(portTarget(binding('', { protocol: 'udp' })).route).toEqual({ kind: 'network' })
  })

  it('listens on the address that the binding names', () => {
    expect(portTarget(binding('0.0.0.0'))).toMatchObject({ address: '0.0.0.0', route: { kind: 'network' } })
    expect(portTarget(binding('::')).address).toBe('::')
    expect(portTarget(binding('192.168.1.5')).address).toBe('192.168.1.5')
  })

  it('forwards TCP and UDP for an IPv4 address of the host to the same address in the machine', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '192.168.1.5'])
      for (const protocol of ['tcp', 'udp'] as const)
        expect(portTarget(binding(address, { protocol }))).toMatchObject({
          address,
          route: { kind: 'network', guestAddress: address },
        })
  })

  it('forwards TCP to IPv6 through SSH', () => {
    for (const [address, guestAddress] of [
      ['::1', '::1'],
      ['::', '::1'],
      ['fd00::2', 'fd00::2'],
    ] as const)
      expect(portTarget(binding(address))).toMatchObject({ address, route: { kind: 'ssh', guestAddress } })
  })

  it('listens on every IPv4 address instead of 127.0.0.1 when the user has opened the port to the network', () => {
    expect(portTarget(binding(''), { toNetwork: true })).toMatchObject({
      address: '0.0.0.0',
      route: { kind: 'network' },
    })
    expect(portTarget(binding('127.0.0.1'), { toNetwork: true })).toMatchObject({
      address: '0.0.0.0',
      route: { kind: 'network', guestAddress: '127.0.0.1' },
    })
    expect(portTarget(binding('::1'), { toNetwork: true }).address).toBe('::1')
  })

  it('guards a loopback port below 1024 on macOS, where the user may listen for such a port only on the wildcard address', () => {
    const web = binding('', { hostPort: 80 })
    expect(portTarget(web, { platform: 'darwin' })).toEqual({
      address: '127.0.0.1',
      route: { kind: 'network' },
      guarded: true,
    })
    expect(portTarget(web, { platform: 'darwin', toNetwork: true })).toEqual({
      address: '0.0.0.0',
      route: { kind: 'network' },
      guarded: false,
    })
    for (const platform of ['linux', 'win32'] as const)
      expect(portTarget(web, { platform }).guarded).toBe(false)
    expect(portTarget(binding(''), { platform: 'darwin' }).guarded).toBe(false)
  })

  it('forwards UDP to IPv6 through a bridge in the machine', () => {
    for (const [address, guestAddress] of [
      ['::', '::1'],
      ['::1', '::1'],
      ['fd00::2', 'fd00::2'],
    ] as const) {
      const target = portTarget(binding(address, { protocol: 'udp' }))
      expect(target).toMatchObject({ address, route: { kind: 'bridge', guestAddress } })
    }
  })

  it('has no route for SCTP', () => {
    expect(portTarget(binding('', { protocol: 'sctp' })).route).toEqual({ kind: 'none', code: 'port.sctp' })
  })
})

describe('overlaps', () => {
  it('is true for the same address, and for the wildcard of the same family', () => {
    expect(overlaps('127.0.0.1', '127.0.0.1')).toBe(true)
    expect(overlaps('127.0.0.1', '0.0.0.0')).toBe(true)
    expect(overlaps('0.0.0.0', '127.0.0.1')).toBe(true)
    expect(overlaps('::', '::1')).toBe(true)
  })

  it('is false for an IPv4 address and an IPv6 address', () => {
    expect(overlaps('127.0.0.1', '::1')).toBe(false)
    expect(overlaps('0.0.0.0', '::')).toBe(false)
  })
})
