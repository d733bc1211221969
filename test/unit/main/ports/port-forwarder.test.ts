import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PortForwarder, type PortForwarderOptions } from '../../../../src/main/ports/port-forwarder'
import type { PortForward } from '../../../../src/shared/ports'
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

  it('opens the ports of running containers, by default on the loopback address', async () => {
    state.publish([
      container('web', [
        binding(5000),
        binding(5353, { protocol: 'udp' }),
        binding(8080, { hostIp: '0.0.0.0' }),
      ]),
      container('idle', [binding(7000)], 'created'),
      container('old', [binding(7001)], 'exited'),
    ])
    await once(ports, 'change')
    expect(open()).toEqual(['tcp 0.0.0.0:8080', 'tcp 127.0.0.1:5000', 'udp 127.0.0.1:5353'])
    expect(ports.forwards.map(({ address, state }) => [address, state])).toEqual([
      ['127.0.0.1', 'open'],
      ['127.0.0.1', 'open'],
      ['0.0.0.0', 'open'],
    ])
  })

  it('closes the ports of a container that stops or is removed, but no other ports', async () => {
    state.publish([container('web', [binding(5000)]), container('db', [binding(5001)])])
    await once(ports, 'change')
    state.publish([container('web', [binding(5000)], 'exited'), container('db', [binding(5001)])])
    await once(ports, 'change')
    expect(open()).toEqual(['tcp 127.0.0.1:5001'])
    state.publish([])
    await once(ports, 'change')
    expect(open()).toEqual([])
    expect(ports.forwards).toEqual([])
  })

  it('takes ::1 from a container while another container publishes the port there, and then returns it', async () => {
    await ports.closeAll()
    ports = forwarder({ ipv6: true })
    const [web, other] = [
      container('web', [binding(5000)]),
      container('other', [binding(5000, { hostIp: '::1' })]),
    ]
    state.publish([web])
    await expect.poll(open).toEqual(['tcp 127.0.0.1:5000', 'tcp ::1:5000'])
    state.publish([web, other])
    await expect.poll(() => summary().length).toBe(2)
    expect(open()).toEqual(['tcp 127.0.0.1:5000', 'tcp ::1:5000'])
    state.publish([other])
    await expect.poll(open).toEqual(['tcp ::1:5000'])
    state.publish([web, other])
    await expect.poll(() => summary().length).toBe(2)
    state.publish([web])
    await expect.poll(() => summary().length).toBe(1)
    await expect.poll(open).toEqual(['tcp 127.0.0.1:5000', 'tcp ::1:5000'])
  })

  it('keeps ports open while a container publishes them', async () => {
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    state.publish([container('web', [binding(5000)], 'paused'), container('other', [binding(6000)])])
    await once(ports, 'change')
    state.publish([container('web', [binding(5000)], 'restarting')])
    await once(ports, 'change')
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
    expect(host.calls).toBe(3)
  })

  it('keeps the ports of a swarm service open as long as one of its containers runs', async () => {
    const web = (name: string, state: 'running' | 'exited' = 'running') =>
      container(name, [], state, { 'com.docker.swarm.service.id': 's1' })
    const services = [
      { serviceId: 's1', ports: [binding(5000)] },
      { serviceId: 's2', ports: [binding(5001)] },
    ]
    state.publish([container('other', []), web('web.1'), web('web.2')], services)
    await once(ports, 'change')
    expect(summary()).toEqual([['id-web.1', 5000, 'open']])
    // During a rolling update, the port stays open on the host.
    state.publish([web('web.1', 'exited'), web('web.2')], services)
    await once(ports, 'change')
    expect(summary()).toEqual([['id-web.2', 5000, 'open']])
    expect([open(), host.calls]).toEqual([['tcp 127.0.0.1:5000'], 1])
    state.publish([web('web.2')], [])
    await once(ports, 'change')
    expect([open(), summary()]).toEqual([[], []])
  })

  it('reports why a port cannot be opened, and opens the port later', async () => {
    host.taken.add(5000)
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    expect(ports.forwards).toMatchObject([
      {
        state: 'failed',
        error: { code: 'port.taken', params: { port: 5000, protocol: 'tcp', address: '127.0.0.1' } },
      },
    ])
    host.taken.delete(5000)
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    expect(ports.forwards).toMatchObject([{ state: 'open' }])
  })

  it('names the container that already has the requested port', async () => {
    state.publish([
      container('web', [binding(5000)]),
      container('late', [binding(5000, { hostIp: '0.0.0.0' })]),
    ])
    await once(ports, 'change')
    expect(ports.forwards[1]).toMatchObject({
      state: 'failed',
      error: { code: 'port.taken', params: { owner: 'web', port: 5000 } },
    })
    await expect(ports.reserve([binding(5000)])).rejects.toMatchObject({
      code: 'port.taken',
      params: { owner: 'web' },
    })
  })

  it('assigns a port to another container when the first container stops', async () => {
    state.publish([container('web', [binding(5000)]), container('late', [binding(5000)])])
    await once(ports, 'change')
    state.publish([container('web', [binding(5000)], 'exited'), container('late', [binding(5000)])])
    await once(ports, 'change')
    expect(summary()).toEqual([['id-late', 5000, 'open']])
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
  })

  it('names the program that already has the requested port', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    host.taken.add(port)
    await expect(ports.reserve([binding(port)])).rejects.toMatchObject({
      code: 'port.taken',
      params: { port, owner: expect.stringContaining(`process ${String(process.pid)}`) as string },
    })
    await expect(ports.reserve([binding(port, { hostIp: '127.0.0.1' })])).rejects.toMatchObject({
      code: 'port.taken',
      params: { port, owner: expect.stringContaining(`process ${String(process.pid)}`) as string },
    })
    other.close()
  })

  it('reports that a port with the protocol SCTP cannot be forwarded', async () => {
    state.publish([container('voice', [binding(5353, { protocol: 'sctp' })])])
    await once(ports, 'change')
    expect(ports.forwards).toMatchObject([{ state: 'failed', error: { code: 'port.sctp' } }])
  })

  it('reports only changes', async () => {
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    state.publish([container('web', [binding(5000)]), container('idle', [], 'exited')])
    state.publish([container('web', [binding(5000)])])
    state.publish([])
    await once(ports, 'change')
    expect(changes.map((forwards) => forwards.length)).toEqual([1, 0])
  })

  it('reports no ports after `closeAll`, even if the machine has already ended', async () => {
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    host.running = false
    await ports.closeAll()
    expect(ports.forwards).toEqual([])
  })

  it('opens all ports again on the next start of the machine', async () => {
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    await ports.closeAll()
    host.open.clear()
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
  })

  it('assigns a port to the container that replaces the previous one, without closing the port', async () => {
    state.publish([container('old', [binding(5000)])])
    await once(ports, 'change')
    state.publish([container('new', [binding(5000)])])
    await once(ports, 'change')
    expect(summary()).toEqual([['id-new', 5000, 'open']])
    expect(host.calls).toBe(1)
  })

  it('opens hundreds of ports, each once, and closes them', async () => {
    const many = Array.from({ length: 600 }, (_, index) => binding(20_000 + index))
    state.publish([container('range', many)])
    await once(ports, 'change')
    expect(host.open.size).toBe(600)
    expect(host.calls).toBe(600)
    state.publish([])
    await once(ports, 'change')
    expect(host.open.size).toBe(0)
  })

  it('opens a port after another program has freed it, without an event of the engine', async () => {
    ports = forwarder({ retry: { firstMs: 1, longestMs: 4 } })
    host.taken.add(5000)
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    expect(summary()).toEqual([['id-web', 5000, 'failed']])
    host.taken.delete(5000)
    await once(ports, 'change')
    expect(summary()).toEqual([['id-web', 5000, 'open']])
  })

  it('stops trying to open a port when `closeAll` is called', async () => {
    ports = forwarder({ retry: { firstMs: 1, longestMs: 1 } })
    host.taken.add(5000)
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    state.publish([])
    await once(ports, 'change')
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    await ports.closeAll()
    const { calls } = host
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(host.calls).toBe(calls)
  })

  it('tries again immediately when `retry` is called', async () => {
    host.taken.add(5000)
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    host.taken.delete(5000)
    await ports.retry()
    expect(summary()).toEqual([['id-web', 5000, 'open']])
  })

  it('refuses a reservation and keeps no listener if another program has taken one of the ports', async () => {
    state.publish([container('web', [binding(5000)])])
    await once(ports, 'change')
    // The container stops and starts again. In between, another program takes the port.
    host.onRemove = (port) => host.taken.add(port)
    state.publish([])
    await once(ports, 'change')
    await expect(ports.reserve([binding(5001), binding(5000)])).rejects.toMatchObject({
      code: 'port.taken',
      params: { port: 5000 },
    })
    expect(open()).toEqual([])
    expect(ports.forwards).toEqual([])
  })

  it('checks whether a container still has a port before it reports the port as taken', async () => {
    const old = container('old', [binding(5000)])
    state.refreshContainer = () => {
      state.publish([])
      return Promise.resolve()
    }
    state.publish([old])
    await once(ports, 'change')
    const reservation = await ports.reserve([binding(5000)])
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
    state.publish([container('new', [binding(5000)])])
    await reservation.settle()
    expect(summary()).toEqual([['id-new', 5000, 'open']])
    expect(host.calls).toBe(1)
  })
})
