import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Forward, HostForward } from '../../../../src/main/machine/host-forward'
import { PortForwarder, type PortForwarderOptions } from '../../../../src/main/ports/port-forwarder'
import { networkAddresses } from '../../../../src/main/ports/port-opener'
import type { Container, ContainerRunState } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import type { NetworkPort, PortBinding, PortForward } from '../../../../src/shared/ports'

function binding(hostPort: number, changes: Partial<PortBinding> = {}): PortBinding {
  return { hostIp: '', hostPort, containerPort: 80, protocol: 'tcp', ...changes }
}

function container(name: string, ports: PortBinding[], state: ContainerRunState = 'running'): Container {
  return {
    id: `id-${name}`,
    name,
    image: 'busybox',
    imageId: 'sha256:1',
    command: 'httpd',
    createdAt: 0,
    state,
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    health: null,
    error: '',
    ports,
    exposedPorts: [],
    mounts: [],
    networks: [],
    labels: {},
    autoRemove: false,
    tty: false,
    pid: 0,
  }
}

/** QEMU's forwards, as a set of lines such as `tcp 127.0.0.1:5000`. */
class FakeHostForward implements HostForward {
  readonly open = new Set<string>()
  readonly taken = new Set<number>()
  /** Lines that cannot be opened, as another address of the port is somebody's. */
  readonly refused = new Set<string>()
  onRemove: (forward: Forward) => void = () => undefined
  running = true
  calls = 0

  add(forward: Forward): Promise<void> {
    this.calls++
    if (!this.running) return Promise.reject(new BerthError('machine.not-running'))
    const { protocol, hostAddress: address, hostPort: port, guestPort } = forward
    if (this.taken.has(port) || this.refused.has(line(forward)) || port !== guestPort)
      return Promise.reject(new BerthError('port.taken', { port, protocol, address, owner: '?' }))
    this.open.add(line(forward))
    return Promise.resolve()
  }

  remove(forward: Forward): Promise<void> {
    this.calls++
    if (!this.running) return Promise.reject(new BerthError('machine.not-running'))
    this.open.delete(line(forward))
    this.onRemove(forward)
    return Promise.resolve()
  }
}

function line({ protocol, hostAddress, hostPort }: Forward): string {
  return `${protocol} ${hostAddress}:${String(hostPort)}`
}

describe('PortForwarder', () => {
  let host: FakeHostForward
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
    const link = { openTcp: () => Promise.reject(new Error('nobody there')) }
    const log = pino({ level: 'silent' })
    return new PortForwarder({ hostForward: host, link, log, ipv6: false, ...options })
  }
  const open = () => [...host.open].sort()
  const summary = () =>
    ports.forwards.map(({ containerId, binding: { hostPort }, state }) => [containerId, hostPort, state])

  it('opens what running containers publish, on the loopback unless told otherwise', async () => {
    ports.sync([
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

  it('closes the ports of a container that stops or goes, and no others', async () => {
    ports.sync([container('web', [binding(5000)]), container('db', [binding(5001)])])
    await once(ports, 'change')
    ports.sync([container('web', [binding(5000)], 'exited'), container('db', [binding(5001)])])
    await once(ports, 'change')
    expect(open()).toEqual(['tcp 127.0.0.1:5001'])
    ports.sync([])
    await once(ports, 'change')
    expect(open()).toEqual([])
    expect(ports.forwards).toEqual([])
  })

  it('leaves open what is still published', async () => {
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    ports.sync([container('web', [binding(5000)], 'paused'), container('other', [binding(6000)])])
    await once(ports, 'change')
    ports.sync([container('web', [binding(5000)], 'restarting')])
    await once(ports, 'change')
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
    expect(host.calls).toBe(3)
  })

  it('shows a port that cannot be opened with its error, and opens it once it can be', async () => {
    host.taken.add(5000)
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    expect(ports.forwards).toMatchObject([
      {
        state: 'failed',
        error: { code: 'port.taken', params: { port: 5000, protocol: 'tcp', address: '127.0.0.1' } },
      },
    ])
    host.taken.delete(5000)
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    expect(ports.forwards).toMatchObject([{ state: 'open' }])
  })

  it('names the container that has a port already', async () => {
    ports.sync([container('web', [binding(5000)]), container('late', [binding(5000, { hostIp: '0.0.0.0' })])])
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

  it('hands a port over when the container that had it stops', async () => {
    ports.sync([container('web', [binding(5000)]), container('late', [binding(5000)])])
    await once(ports, 'change')
    ports.sync([container('web', [binding(5000)], 'exited'), container('late', [binding(5000)])])
    await once(ports, 'change')
    expect(summary()).toEqual([['id-late', 5000, 'open']])
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
  })

  it('names the program that has a port', async () => {
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

  it('says what cannot be forwarded at all', async () => {
    ports.sync([container('dns', [binding(5353, { hostIp: '127.0.0.1', protocol: 'udp' })])])
    await once(ports, 'change')
    expect(ports.forwards).toMatchObject([{ state: 'failed', error: { code: 'port.forward-failed' } }])
  })

  it('reports only changes', async () => {
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    ports.sync([container('web', [binding(5000)]), container('idle', [], 'exited')])
    ports.sync([container('web', [binding(5000)])])
    ports.sync([])
    await once(ports, 'change')
    expect(changes.map((forwards) => forwards.length)).toEqual([1, 0])
  })

  it('closes everything at the end, also when the machine has gone', async () => {
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    host.running = false
    await ports.closeAll()
    expect(ports.forwards).toEqual([])
  })

  it('opens everything anew on the next machine', async () => {
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    await ports.closeAll()
    host.open.clear()
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
  })

  it('hands a port over without closing it when its container was replaced', async () => {
    ports.sync([container('old', [binding(5000)])])
    await once(ports, 'change')
    ports.sync([container('new', [binding(5000)])])
    await once(ports, 'change')
    expect(summary()).toEqual([['id-new', 5000, 'open']])
    expect(host.calls).toBe(1)
  })

  it('opens hundreds of ports, each once, and closes them', async () => {
    const many = Array.from({ length: 600 }, (_, index) => binding(20_000 + index))
    ports.sync([container('range', many)])
    await once(ports, 'change')
    expect(host.open.size).toBe(600)
    expect(host.calls).toBe(600)
    ports.sync([])
    await once(ports, 'change')
    expect(host.open.size).toBe(0)
  })

  it('opens by itself a port that its owner gives back, with nothing said by the engine', async () => {
    ports = forwarder({ retry: { first: 1, most: 4 } })
    host.taken.add(5000)
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    expect(summary()).toEqual([['id-web', 5000, 'failed']])
    host.taken.delete(5000)
    await once(ports, 'change')
    expect(summary()).toEqual([['id-web', 5000, 'open']])
  })

  it('stops trying when the container has gone, and when everything is closed', async () => {
    ports = forwarder({ retry: { first: 1, most: 1 } })
    host.taken.add(5000)
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    ports.sync([])
    await once(ports, 'change')
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    await ports.closeAll()
    const { calls } = host
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(host.calls).toBe(calls)
  })

  it('tries again at once when asked to', async () => {
    host.taken.add(5000)
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    host.taken.delete(5000)
    await ports.retry()
    expect(summary()).toEqual([['id-web', 5000, 'open']])
  })

  it('shows the error and nothing half made when the port is taken in the very moment of its opening', async () => {
    ports.sync([container('web', [binding(5000)])])
    await once(ports, 'change')
    // The container goes and comes back; somebody else is quicker.
    host.onRemove = ({ hostPort }) => host.taken.add(hostPort)
    ports.sync([])
    await once(ports, 'change')
    await expect(ports.reserve([binding(5001), binding(5000)])).rejects.toMatchObject({
      code: 'port.taken',
      params: { port: 5000 },
    })
    expect(open()).toEqual([])
    expect(ports.forwards).toEqual([])
  })

  it('opens everything again in a new QEMU, and shows what is gone', async () => {
    ports.sync([container('web', [binding(5000), binding(5001)])])
    await once(ports, 'change')
    const reservation = await ports.reserve([binding(5002)])
    host.open.clear()
    host.taken.add(5001)
    await ports.reopenAll()
    expect(open()).toEqual(['tcp 127.0.0.1:5000', 'tcp 127.0.0.1:5002'])
    expect(summary()).toEqual([
      ['id-web', 5000, 'open'],
      ['id-web', 5001, 'failed'],
    ])
    await reservation.settle()
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
  })

  it('asks about a container that has a port before it says so: it may have gone', async () => {
    const old = container('old', [binding(5000)])
    ports = forwarder({
      refreshContainer: () => {
        ports.sync([])
        return Promise.resolve()
      },
    })
    ports.sync([old])
    await once(ports, 'change')
    const reservation = await ports.reserve([binding(5000)])
    expect(open()).toEqual(['tcp 127.0.0.1:5000'])
    ports.sync([container('new', [binding(5000)])])
    await reservation.settle()
    expect(summary()).toEqual([['id-new', 5000, 'open']])
    expect(host.calls).toBe(1)
  })

  describe('opened to the local network', () => {
    let networkPorts: NetworkPort[]

    beforeEach(() => {
      networkPorts = [{ port: 5000, protocol: 'tcp' }]
      ports = forwarder({ networkPorts: () => networkPorts })
    })

    it('listens on every address, and on the loopback again after it', async () => {
      ports.sync([container('web', [binding(5000), binding(5000, { protocol: 'udp' }), binding(5001)])])
      await once(ports, 'change')
      expect(open()).toEqual(['tcp 0.0.0.0:5000', 'tcp 127.0.0.1:5001', 'udp 127.0.0.1:5000'])
      expect(ports.forwards).toMatchObject([
        { toNetwork: true, address: '0.0.0.0', state: 'open' },
        { toNetwork: false },
        { toNetwork: false },
      ])
      networkPorts = []
      ports.networkPortsChanged()
      await once(ports, 'change')
      expect(open()).toEqual(['tcp 127.0.0.1:5000', 'tcp 127.0.0.1:5001', 'udp 127.0.0.1:5000'])
    })

    it('stays open on the loopback, with the reason, when that cannot be', async () => {
      networkPorts = []
      ports.sync([container('web', [binding(5000)])])
      await once(ports, 'change')
      host.refused.add('tcp 0.0.0.0:5000')
      networkPorts = [{ port: 5000, protocol: 'tcp' }]
      ports.networkPortsChanged()
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

    it('does not touch the loopback while another program has the port on this computer’s address', async () => {
      const [address] = networkAddresses()
      if (address === undefined) throw new Error('this host has no network address to test with')
      const other = createServer().listen(0, address)
      await once(other, 'listening')
      const { port } = other.address() as AddressInfo
      ports.sync([container('web', [binding(port)])])
      await once(ports, 'change')
      networkPorts = [{ port, protocol: 'tcp' }]
      ports.networkPortsChanged()
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

  describe('reserve', () => {
    it('opens the ports before there is a container, and gives them to it', async () => {
      const reservation = await ports.reserve([binding(5000)])
      expect(open()).toEqual(['tcp 127.0.0.1:5000'])
      expect(ports.forwards).toEqual([])
      ports.sync([container('web', [binding(5000)])])
      await reservation.settle()
      expect(summary()).toEqual([['id-web', 5000, 'open']])
      expect(host.calls).toBe(1)
    })

    it('holds the ports while the containers change around it', async () => {
      const reservation = await ports.reserve([binding(5000)])
      ports.sync([container('web', [binding(5000)], 'created'), container('db', [binding(6000)])])
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

    it('keeps the ports that a container has open already', async () => {
      const web = container('web', [binding(5000)])
      ports.sync([web])
      await once(ports, 'change')
      const reservation = await ports.reserve(web.ports, web.id)
      ports.sync([{ ...web, state: 'exited' }])
      await once(ports, 'change')
      expect(open()).toEqual(['tcp 127.0.0.1:5000'])
      ports.sync([web])
      await reservation.settle()
      expect(summary()).toEqual([['id-web', 5000, 'open']])
      expect(host.calls).toBe(1)
    })

    it('keeps two requests for one port apart', async () => {
      const outcomes = await Promise.allSettled([
        ports.reserve([binding(5000)]),
        ports.reserve([binding(5000)]),
      ])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    })

    it('gives a port back twice without harm', async () => {
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
