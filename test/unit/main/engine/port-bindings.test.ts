import { describe, expect, it } from 'vitest'
import { portBindings, unpublishedPorts } from '../../../../src/main/engine/port-bindings'
import { portMapSchema } from '../../../../src/main/engine/schemas'

/** Host addresses and ports in the engine’s form, which is the same for requested and for published ports. */
function at(...addresses: [ip: string, port: string][]) {
  return addresses.map(([HostIp, HostPort]) => ({ HostIp, HostPort }))
}

function everywhere(port: string) {
  return at(['0.0.0.0', port], ['::', port])
}

describe('portBindings', () => {
  it('joins the IPv4 and IPv6 entries of a port that was requested without an address', () => {
    expect(portBindings({ '8080/tcp': at(['', '5000']) }, { '8080/tcp': everywhere('5000') })).toEqual([
      { hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp' },
    ])
  })

  it('keeps a requested address', () => {
    const [wide] = portBindings({ '80/tcp': at(['0.0.0.0', '5000']) }, { '80/tcp': at(['0.0.0.0', '5000']) })
    expect(wide?.hostIp).toBe('0.0.0.0')
    const [own] = portBindings(
      { '80/tcp': at(['127.0.0.1', '5000']) },
      { '80/tcp': at(['127.0.0.1', '5000']) },
    )
    expect(own?.hostIp).toBe('127.0.0.1')
  })

  it('returns the default address that the engine or the network sets, if no address was requested', () => {
    const [own] = portBindings({ '80/tcp': at(['', '5000']) }, { '80/tcp': at(['127.0.0.1', '5000']) })
    expect(own?.hostIp).toBe('127.0.0.1')
  })

  it('returns the number that the engine chose, for an ephemeral port and for a range', () => {
    expect(portBindings({ '80/tcp': at(['', '']) }, { '80/tcp': everywhere('32768') })).toEqual([
      { hostIp: '', hostPort: 32_768, containerPort: 80, protocol: 'tcp' },
    ])
    expect(
      portBindings({ '80/tcp': at(['127.0.0.1', '0']) }, { '80/tcp': at(['127.0.0.1', '32770']) }),
    ).toEqual([{ hostIp: '127.0.0.1', hostPort: 32_770, containerPort: 80, protocol: 'tcp' }])
    const range = { '80/tcp': at(['', '6000-6010']) }
    expect(portBindings(range, { '80/tcp': everywhere('6003') }).map(({ hostPort }) => hostPort)).toEqual([
      6003,
    ])
  })

  it('returns the ports of `docker run -P`, which requests no port by number', () => {
    expect(portBindings({}, { '80/tcp': everywhere('32769'), '443/tcp': null })).toEqual([
      { hostIp: '', hostPort: 32_769, containerPort: 80, protocol: 'tcp' },
    ])
  })

  it('lists several host ports of one container port, and each protocol, separately', () => {
    const bindings = portBindings(
      { '53/udp': at(['', '5353']), '53/tcp': at(['', '5353'], ['127.0.0.1', '5354']) },
      { '53/udp': everywhere('5353'), '53/tcp': [...everywhere('5353'), ...at(['127.0.0.1', '5354'])] },
    )
    expect(bindings.map((each) => `${each.hostIp}:${each.hostPort}/${each.protocol}`)).toEqual([
      ':5353/udp',
      ':5353/tcp',
      '127.0.0.1:5354/tcp',
    ])
  })

  it('returns the requested ports of a stopped container if their numbers are known', () => {
    const requested = { '80/tcp': at(['', '5000']), '81/tcp': at(['', '']), '82/tcp': at(['', '6000-6010']) }
    expect(portBindings(requested, {})).toEqual([
      { hostIp: '', hostPort: 5000, containerPort: 80, protocol: 'tcp' },
    ])
  })

  it('returns no bindings for a container that only exposes ports', () => {
    expect(portBindings({}, { '80/tcp': null })).toEqual([])
    expect(portBindings(portMapSchema.parse(null), portMapSchema.parse(undefined))).toEqual([])
  })
})

describe('unpublishedPorts', () => {
  it('omits a published port only for the protocol that is published', () => {
    const published = portBindings({ '53/udp': at(['', '5353']) }, {})
    expect(unpublishedPorts(['8080/tcp', '53/udp', '53/tcp'], published)).toEqual(['53/tcp', '8080/tcp'])
  })
})
