import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { pino } from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Forward, HostForward } from '../../../../src/main/machine/host-forward'
import { PortForwarder } from '../../../../src/main/ports/port-forwarder'
import type { Container, ContainerRunState } from '../../../../src/shared/containers'
import { BerthError } from '../../../../src/shared/errors'
import type { PortBinding, PortForward } from '../../../../src/shared/ports'

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
  running = true
  calls = 0

  add(forward: Forward): Promise<void> {
    this.calls++
    if (!this.running) return Promise.reject(new BerthError('machine.not-running'))
    const { protocol, hostAddress: address, hostPort: port, guestPort } = forward
    if (this.taken.has(port) || port !== guestPort)
      return Promise.reject(new BerthError('port.taken', { port, protocol, address, owner: '?' }))
    this.open.add(line(forward))
    return Promise.resolve()
  }

  remove(forward: Forward): Promise<void> {
    this.calls++
    if (!this.running) return Promise.reject(new BerthError('machine.not-running'))
    this.open.delete(line(forward))
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
    const link = { openTcp: () => Promise.reject(new Error('nobody there')) }
    ports = new PortForwarder({ hostForward: host, link, log: pino({ level: 'silent' }) })
    changes = []
    ports.on('change', (forwards) => changes.push(forwards))
  })

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
