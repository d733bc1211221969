import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PortForwarder, type PortForwarderOptions } from '../../../../src/main/ports/port-forwarder'
import { networkAddresses } from '../../../../src/main/ports/port-probe'
import type { NetworkPort, PortForward } from '../../../../src/shared/ports'
import { binding, container, FakeHostForward, FakeState } from './support'

describe('PortForwarder', () => {
  let host: FakeHostForward
  let state: FakeState
  let ports: PortForwarder
  let changes: PortForward[][]

  beforeEach(() => {
    host = new FakeHostForward()
    ports = forwarder()
    changes = []
    ports.on('change', (forwards) => changes.push(forwards))
  })

  afterEach(() => ports.closeAll())

  function forwarder(options: Partial<PortForwarderOptions> = {}): PortForwarder {
    const unreachable = () => Promise.reject(new Error('nobody there'))
    const link = { openTcp: unreachable, exec: unreachable, openCommand: unreachable }
    const lanPorts = { current: [] }
    const log = pino({ level: 'silent' })
    state = new FakeState()
    const { listen } = host
    return new PortForwarder({
      hostForward: host,
      listen,
      link,
      log,
      state,
      lanPorts,
      ipv6: false,
      ...options,
    })
  }
  const open = () => [...host.open].sort()
  const summary = () =>
    ports.forwards.map(({ containerId, binding: { hostPort }, state }) => [containerId, hostPort, state])

  describe('with a port that the user has opened to the local network', () => {
    let networkPorts: NetworkPort[]

    beforeEach(() => {
      networkPorts = [{ port: 5000, protocol: 'tcp' }]
      ports = forwarder({
        lanPorts: {
          get current() {
            return networkPorts
          },
        },
      })
    })

    it('listens on every IPv4 address until the user closes the port to the network, then only on the loopback address', async () => {
      state.publish([container('web', [binding(5000), binding(5000, { protocol: 'udp' }), binding(5001)])])
      await once(ports, 'change')
      expect(open()).toEqual(['tcp 0.0.0.0:5000', 'tcp 127.0.0.1:5001', 'udp 127.0.0.1:5000'])
      expect(ports.forwards).toMatchObject([
        { toNetwork: true, address: '0.0.0.0', state: 'open' },
        { toNetwork: false },
        { toNetwork: false },
      ])
      networkPorts = []
      ports.lanPortsChanged()
      await once(ports, 'change')
      expect(open()).toEqual(['tcp 127.0.0.1:5000', 'tcp 127.0.0.1:5001', 'udp 127.0.0.1:5000'])
    })

    it('keeps the port open on the loopback address if Berth cannot listen on every IPv4 address, and reports the reason', async () => {
      networkPorts = []
      state.publish([container('web', [binding(5000)])])
      await once(ports, 'change')
      host.refused.add('tcp 0.0.0.0:5000')
      networkPorts = [{ port: 5000, protocol: 'tcp' }]
      ports.lanPortsChanged()
      await once(ports, 'change')
      expect(open()).toEqual(['tcp 127.0.0.1:5000'])
      expect(ports.forwards).toMatchObject([
        {
          state: 'open',
          toNetwork: true,
          address: '127.0.0.1',
          error: { code: 'port.taken', params: { address: '0.0.0.0' } },
        },
      ])
      host.refused.clear()
      await ports.retry()
      expect(open()).toEqual(['tcp 0.0.0.0:5000'])
      expect(ports.forwards[0]?.error).toBeUndefined()
    })

    it('listens only on the loopback address if another program has the same port on a network address', async () => {
      const [address] = networkAddresses()
      if (address === undefined) throw new Error('this host has no network address to test with')
      const other = createServer().listen(0, address)
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      state.publish([container('web', [binding(port)])])
      await once(ports, 'change')
      networkPorts = [{ port, protocol: 'tcp' }]
      ports.lanPortsChanged()
      await once(ports, 'change')
      expect(host.calls).toBe(1)
      expect(ports.forwards).toMatchObject([
        {
          state: 'open',
          address: '127.0.0.1',
          error: {
            code: 'port.taken',
            params: { address, owner: expect.stringContaining(String(process.pid)) as string },
          },
        },
      ])
      other.close()
    })
  })

  describe('reserve()', () => {
    it('opens the ports before the container exists, and then assigns them to the container', async () => {
      const reservation = await ports.reserve([binding(5000)])
      expect(open()).toEqual(['tcp 127.0.0.1:5000'])
      expect(ports.forwards).toEqual([])
      state.publish([container('web', [binding(5000)])])
      await reservation.settle()
      expect(summary()).toEqual([['id-web', 5000, 'open']])
      expect(host.calls).toBe(1)
    })

    it('keeps the ports reserved while other containers change', async () => {
      const reservation = await ports.reserve([binding(5000)])
      state.publish([container('web', [binding(5000)], 'created'), container('db', [binding(6000)])])
      await once(ports, 'change')
      expect(open()).toContain('tcp 127.0.0.1:5000')
      await reservation.settle()
      expect(open()).toEqual(['tcp 127.0.0.1:6000'])
    })

    it('opens all ports or none', async () => {
      host.taken.add(5001)
      await expect(ports.reserve([binding(5000), binding(5001)])).rejects.toMatchObject({
        code: 'port.taken',
        params: { port: 5001 },
      })
      expect(open()).toEqual([])
    })

    it('keeps the ports that are already open for the container', async () => {
      const web = container('web', [binding(5000)])
      state.publish([web])
      await once(ports, 'change')
      const reservation = await ports.reserve(web.ports, web.id)
      state.publish([{ ...web, state: 'exited' }])
      await once(ports, 'change')
      expect(open()).toEqual(['tcp 127.0.0.1:5000'])
      state.publish([web])
      await reservation.settle()
      expect(summary()).toEqual([['id-web', 5000, 'open']])
      expect(host.calls).toBe(1)
    })

    it('reserves a port for only one of two requests', async () => {
      const outcomes = await Promise.allSettled([
        ports.reserve([binding(5000)]),
        ports.reserve([binding(5000)]),
      ])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    })

    it('returns a reservation that can be settled twice without an effect on a later reservation', async () => {
      const first = await ports.reserve([binding(5000)])
      await first.settle()
      const second = await ports.reserve([binding(5000)])
      await first.settle()
      expect(open()).toEqual(['tcp 127.0.0.1:5000'])
      await second.settle()
      expect(open()).toEqual([])
    })
  })
})
