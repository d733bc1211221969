import { describe, expect, it } from 'vitest'
import { overlaps, portTarget } from '../../../../src/main/ports/port-targets'
import type { PortBinding } from '../../../../src/shared/ports'

function binding(hostIp: string, changes: Partial<PortBinding> = {}): PortBinding {
  return { hostIp, hostPort: 5000, containerPort: 80, protocol: 'tcp', ...changes }
}

describe('portTarget', () => {
  it('listens on the loopback, through the user network, unless an address is given', () => {
    expect(portTarget(binding(''))).toEqual({ address: '127.0.0.1', carrier: { kind: 'network' } })
    expect(portTarget(binding('', { protocol: 'udp' })).carrier).toEqual({ kind: 'network' })
  })

  it('opens a port to the local network only for an explicit wildcard', () => {
    expect(portTarget(binding('0.0.0.0'))).toEqual({ address: '0.0.0.0', carrier: { kind: 'network' } })
    expect(portTarget(binding('::')).address).toBe('::')
    for (const inside of ['10.0.2.15', '172.17.0.1', '127.0.0.1', '127.1.2.3'])
      expect(portTarget(binding(inside)).address).toBe('127.0.0.1')
  })

  it('reaches the machine’s own loopback, and IPv6, through SSH', () => {
    expect(portTarget(binding('127.0.0.1')).carrier).toEqual({ kind: 'ssh', guestAddress: '127.0.0.1' })
    expect(portTarget(binding('127.1.2.3')).carrier).toEqual({ kind: 'ssh', guestAddress: '127.1.2.3' })
    expect(portTarget(binding('::1'))).toEqual({
      address: '::1',
      carrier: { kind: 'ssh', guestAddress: '::1' },
    })
    expect(portTarget(binding('::')).carrier).toEqual({ kind: 'ssh', guestAddress: '::1' })
  })

  it('says what nothing can carry', () => {
    expect(portTarget(binding('127.0.0.1', { protocol: 'udp' })).carrier.kind).toBe('none')
    expect(portTarget(binding('', { protocol: 'sctp' })).carrier.kind).toBe('none')
  })
})

describe('overlaps', () => {
  const at = (address: string, changes: Partial<PortBinding> = {}) => ({
    address,
    binding: binding('', changes),
  })

  it('holds for the same port on the same address, and under a wildcard', () => {
    expect(overlaps(at('127.0.0.1'), at('127.0.0.1'))).toBe(true)
    expect(overlaps(at('127.0.0.1'), at('0.0.0.0'))).toBe(true)
    expect(overlaps(at('0.0.0.0'), at('127.0.0.1'))).toBe(true)
  })

  it('does not hold for another port, protocol or address', () => {
    expect(overlaps(at('127.0.0.1'), at('127.0.0.1', { hostPort: 5001 }))).toBe(false)
    expect(overlaps(at('0.0.0.0'), at('127.0.0.1', { protocol: 'udp' }))).toBe(false)
    expect(overlaps(at('127.0.0.1'), at('::1'))).toBe(false)
  })
})
