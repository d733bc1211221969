import { describe, expect, it } from 'vitest'
import { requestedPortsInterceptor } from '../../../../src/main/docker-socket/create-request'
import type { HostPortRange } from '../../../../src/main/ports/port-ranges'
import { BerthError } from '../../../../src/shared/errors'

const request = { method: 'POST', path: '/containers/create', query: new URLSearchParams() }

function asked(body: unknown, chosen?: number) {
  const addresses: unknown[] = []
  const ranges: HostPortRange[] = []
  const interceptor = requestedPortsInterceptor({
    checkAddress: (address, port) => {
      addresses.push([address, port])
      return address === '198.51.100.7'
        ? Promise.reject(new BerthError('port.address', { ...port, address }))
        : Promise.resolve()
    },
    choosePort: (range) => {
      ranges.push(range)
      return Promise.resolve(chosen)
    },
  })
  return { addresses, ranges, result: Promise.resolve(interceptor.rewriteBody?.(body, request)) }
}

function body(PortBindings: unknown) {
  return { Image: 'web', HostConfig: { AutoRemove: true, PortBindings } }
}

describe('the ports that a docker client requests', () => {
  it('are passed on unchanged if they have no address and no valid range', async () => {
    const bodies = [
      undefined,
      {},
      { HostConfig: null },
      body(null),
      body({ '80/tcp': null }),
      body({ '80/tcp': [{ HostIp: '', HostPort: '8080' }], '53/udp': [{ HostPort: '' }] }),
      body({ '80/tcp': [{ HostPort: '9-5' }, { HostPort: 'x' }, { HostPort: '1-70000' }] }),
    ]
    for (const each of bodies) {
      const { result, ranges } = asked(each)
      expect(await result).toBe(each)
      expect(ranges).toEqual([])
    }
  })

  it('are refused on an address that this computer does not have', async () => {
    const { result, addresses } = asked(body({ '80/tcp': [{ HostIp: '198.51.100.7', HostPort: '8080' }] }))
    await expect(result).rejects.toMatchObject({ code: 'port.address', params: { port: 8080 } })
    expect(addresses).toEqual([['198.51.100.7', { port: 8080, protocol: 'tcp' }]])
  })

  it('are left to the engine if the address is not an IP address', async () => {
    const { result, addresses } = asked(body({ '80/tcp': [{ HostIp: 'localhost', HostPort: '8080' }] }))
    await result
    expect(addresses).toEqual([])
  })

  it('in a range become one port that Berth chooses, and nothing else changes', async () => {
    const range = { HostIp: '127.0.0.1', HostPort: '8000-8010' }
    const { result, ranges } = asked(body({ '80/udp': [range, { HostIp: '', HostPort: '53' }] }), 8003)
    expect(await result).toEqual(
      body({
        '80/udp': [
          { HostIp: '127.0.0.1', HostPort: '8003' },
          { HostIp: '', HostPort: '53' },
        ],
      }),
    )
    expect(ranges).toEqual([{ hostIp: '127.0.0.1', first: 8000, last: 8010, protocol: 'udp' }])
  })

  it('stay a range if Berth leaves the choice to the engine', async () => {
    const whole = body({ '80/tcp': [{ HostIp: '', HostPort: '8000-8010' }] })
    expect(await asked(whole).result).toBe(whole)
  })
})
