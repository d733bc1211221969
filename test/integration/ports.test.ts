import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { EngineState } from '../../src/main/engine/engine-state'
import { PortForwarder } from '../../src/main/ports/port-forwarder'
import { networkAddresses } from '../../src/main/ports/port-probe'
import type { PortBinding } from '../../src/shared/ports'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { theMachine } from '../support/machine-fixture'
import { servers, tcpGreeter, udpEcho, udpEchoTar } from '../support/udp-echo-image'

const server = ['sh', '-c', 'mkdir -p /www; echo hello > /www/index.html; exec httpd -f -p 8080 -h /www']

function tcp(hostPort: number, hostIp: '' | '127.0.0.1' | '0.0.0.0' = '') {
  return { hostIp, hostPort, containerPort: 8080, protocol: 'tcp' } as const satisfies PortBinding
}

/** Returns the body of the reply to a GET request. An IPv6 `address` must be in brackets. */
async function get(port: number, address = '127.0.0.1'): Promise<string> {
  const response = await fetch(`http://${address}:${String(port)}/`)
  return (await response.text()).trim()
}

/** Returns `open` if a program listens on a port of the host, otherwise `refused`. */
function state(port: number, address = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, address)
    socket.on('connect', () => {
      socket.destroy()
      resolve('open')
    })
    socket.on('error', () => {
      resolve('refused')
    })
  })
}

/** Sends UDP datagrams to an address of the host until the echo arrives. */
async function echo(type: 'udp4' | 'udp6', port: number, address: string): Promise<void> {
  const socket = createSocket(type)
  const answers: string[] = []
  socket.on('message', (message) => answers.push(message.toString()))
  await eventually(() => {
    socket.send('ping', port, address)
    return answers[0]
  }).toBe('ping')
  socket.close()
}

async function occupy(port: number): Promise<Server> {
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  return other
}

/** Whether the system lets this user listen on a port. */
async function mayListen(port: number): Promise<boolean> {
  try {
    const server = await occupy(port)
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}

describe('published ports', () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  it('are open on the host’s loopback while the container runs, and close when it stops or is removed', async () => {
    const { containers } = fixture.engine
    const port = await freePort()
    const { id } = await fixture.run({ command: server, ports: [tcp(port)] })
    await eventually(() => get(port).catch(String)).toBe('hello')
    expect(await get(port, '[::1]')).toBe('hello')
    expect(fixture.ports.forwards).toMatchObject([{ containerId: id, address: '127.0.0.1', state: 'open' }])
    await containers.stop(id, 0)
    await eventually(() => state(port)).toBe('refused')
    expect(await state(port, '::1')).toBe('refused')
    await containers.start(id)
    await eventually(() => get(port).catch(String)).toBe('hello')
    await containers.remove(id, { force: true, volumes: true })
    await eventually(() => state(port)).toBe('refused')
    expect(fixture.ports.forwards).toEqual([])
  })

  it('close when the container’s main process ends', async () => {
    const port = await freePort()
    await fixture.run({ command: ['sh', '-c', 'sleep 1'], ports: [tcp(port)], autoRemove: true })
    await eventually(() => fixture.state.containers.size).toBe(0)
    await eventually(() => state(port)).toBe('refused')
  })

  it('stay on the loopback unless the container or the user opens them to the network', async () => {
    const [lan] = networkAddresses()
    if (lan === undefined) throw new Error('this host has no network address to test with')
    const port = await freePort()
    const wide = await freePort()
    await fixture.run({ command: server, ports: [tcp(port, '127.0.0.1'), tcp(wide, '0.0.0.0')] })
    await eventually(() => get(port).catch(String)).toBe('hello')
    await eventually(() => get(wide, lan).catch(String)).toBe('hello')
    expect(await state(port, lan)).toBe('refused')
    fixture.networkPorts = [{ port, protocol: 'tcp' }]
    fixture.ports.lanPortsChanged()
    await eventually(() => get(port, lan).catch(String)).toBe('hello')
    await eventually(() => get(port, '[::1]').catch(String)).toBe('hello')
    fixture.networkPorts = []
    fixture.ports.lanPortsChanged()
    await eventually(() => state(port, lan)).toBe('refused')
    await eventually(() => get(port).catch(String)).toBe('hello')
  })

  it('accept a hundred simultaneous connections', async () => {
    const port = await freePort()
    const image = 'udp-echo:latest'
    await fixture.engine.images.import(image, Readable.from([await udpEchoTar()]))
    await fixture.run({ image, command: tcpGreeter(8080), ports: [tcp(port)] })
    const ask = () => text(connect(port, '127.0.0.1'))
    await eventually(() => ask().catch(String)).toBe('hello')
    const answers = await Promise.all(Array.from({ length: 100 }, ask))
    expect(new Set(answers)).toEqual(new Set(['hello']))
  })

  it('reset a connection if no server listens, but end a connection that the server ends without data', async () => {
    const [silent, ending] = [await freePort(), await freePort()]
    const command = ['sh', '-c', 'while true; do nc -l -p 8080 </dev/null; done']
    await fixture.run({ ports: [tcp(silent)] })
    await fixture.run({ command, ports: [tcp(ending)] })
    for (const address of ['127.0.0.1', '::1']) {
      await expect(text(connect(silent, address))).rejects.toMatchObject({ code: 'ECONNRESET' })
      await eventually(() => text(connect(ending, address)).catch(String)).toBe('')
    }
  })

  it('open 400 at a time, and close together', async () => {
    const { machine, engine, log } = await theMachine()
    const { hostForward, link } = machine
    const engineState = new EngineState({ engine, link, log })
    const ports = new PortForwarder({ hostForward, link, log, state: engineState, lanPorts: { current: [] } })
    const bindings = Array.from({ length: 400 }, (_, index) => tcp(21_000 + index))
    const reservation = await ports.reserve(bindings)
    expect(await Promise.all([state(21_000), state(21_399), state(21_399, '::1')])).toEqual([
      'open',
      'open',
      'open',
    ])
    await reservation.settle()
    expect(await Promise.all([state(21_000), state(21_399), state(21_399, '::1')])).toEqual([
      'refused',
      'refused',
      'refused',
    ])
  })

  it('carry UDP', async () => {
    const image = 'udp-echo:latest'
    await fixture.engine.images.import(image, Readable.from([await udpEchoTar()]))
    const port = await freePort()
    await fixture.run({
      image,
      command: udpEcho(9000),
      ports: [{ hostIp: '', hostPort: port, containerPort: 9000, protocol: 'udp' }],
    })
    await echo('udp4', port, '127.0.0.1')
    await echo('udp6', port, '::1')
    if (!hasDockerCli) return
    const loopback = await freePort()
    const publish = `127.0.0.1:${String(loopback)}:9000/udp`
    await fixture.docker.run('run', '-d', '-p', publish, image, ...udpEcho(9000))
    await eventually(() => fixture.ports.forwards.length).toBe(2)
    await echo('udp4', loopback, '127.0.0.1')
  })

  it('below 1024 open if the system allows this, and are otherwise refused with the reason', async () => {
    const port = 907
    const request = { command: server, ports: [tcp(port)] }
    if (await mayListen(port)) {
      await fixture.run(request)
      await eventually(() => get(port).catch(String)).toBe('hello')
    } else
      await expect(fixture.run(request)).rejects.toMatchObject({ code: 'port.privileged', params: { port } })
  })

  it('that are already in use leave no container behind, and the error names the other program', async () => {
    const port = await freePort()
    const other = await occupy(port)
    const request = {
      name: 'web',
      ports: [tcp(port)],
      volumes: [{ volume: 'half', path: '/half', readOnly: false }],
    }
    await expect(fixture.run(request)).rejects.toMatchObject({
      code: 'port.taken',
      params: {
        port,
        protocol: 'tcp',
        address: '127.0.0.1',
        owner: expect.stringContaining(`process ${String(process.pid)}`) as string,
      },
    })
    expect(await fixture.engine.containers.list()).toEqual([])
    expect(await fixture.engine.volumes.list()).toEqual([])
    other.close()
    await once(other, 'close')
    await fixture.run(request)
    expect(fixture.ports.forwards).toMatchObject([{ state: 'open' }])
  })

  it('of another container count as in use', async () => {
    const port = await freePort()
    await fixture.run({ name: 'first', command: server, ports: [tcp(port)] })
    await expect(fixture.run({ name: 'second', ports: [tcp(port, '0.0.0.0')] })).rejects.toMatchObject({
      code: 'port.taken',
      params: { owner: 'first' },
    })
    await eventually(() => get(port).catch(String)).toBe('hello')
    expect((await fixture.engine.containers.list()).map(({ name }) => name)).toEqual(['first'])
  })

  it('close again if the container does not start', async () => {
    const port = await freePort()
    await expect(fixture.run({ command: ['/no/such'], ports: [tcp(port)] })).rejects.toMatchObject({
      code: 'container.start-failed',
    })
    expect(await state(port)).toBe('refused')
  })

  describe.runIf(hasDockerCli)('of containers that the Docker CLI started', () => {
    it('open if published on the machine’s loopback, or on a port that the engine chooses', async () => {
      const [port, loopback] = [await freePort(), await freePort()]
      const publish = ['-p', `${String(port)}:8080`, '-p', `127.0.0.1:${String(loopback)}:8080`, '-p', '8080']
      await fixture.docker.run('run', '-d', '--name', 'cli', ...publish, busybox, ...server)
      await eventually(() => fixture.ports.forwards.length).toBe(3)
      const open = fixture.ports.forwards.map(({ binding }) => binding.hostPort)
      expect(open).toEqual(expect.arrayContaining([port, loopback]))
      for (const each of open) await eventually(() => get(each).catch(String)).toBe('hello')
      expect(await get(loopback, '[::1]')).toBe('hello')
      const [chosen] = open.filter((each) => each !== port && each !== loopback)
      expect(await fixture.docker.run('port', 'cli', '8080')).toContain(`0.0.0.0:${String(chosen)}`)
      // Linux, macOS and Windows use higher ports for their own outgoing connections.
      expect(chosen).toBeLessThan(32_768)
      await fixture.docker.run('rm', '-f', 'cli')
      for (const each of open) await eventually(() => state(each)).toBe('refused')
    })

    it('are exactly the ports of the last container when containers quickly replace each other', async () => {
      const [port, other] = [await freePort(), await freePort()]
      const publish = async (...ports: number[]) => {
        const options = ports.flatMap((each) => ['-p', `${String(each)}:8080`])
        await fixture.docker.run('run', '-d', '--name', 'cli', ...options, busybox, ...server)
      }
      await publish(port, other)
      for (const ports of [[other, port], [port]]) {
        await fixture.docker.run('rm', '-f', 'cli')
        await publish(...ports)
      }
      await eventually(() => get(port).catch(String)).toBe('hello')
      const id = await fixture.docker.run('inspect', '-f', '{{.Id}}', 'cli')
      await eventually(() => fixture.ports.forwards).toMatchObject([
        { containerId: id, binding: { hostPort: port }, state: 'open' },
      ])
      expect(await state(other)).toBe('refused')
      await fixture.docker.run('rm', '-f', 'cli')
      await eventually(() => state(port)).toBe('refused')
    })

    it('open again after a restart of the engine or the machine if their container starts again', async () => {
      const { machine, ports, docker } = fixture
      const [port, gone] = [await freePort(), await freePort()]
      const publish = (number: number) => ['-p', `${String(number)}:8080`, busybox, ...server]
      await docker.run('run', '-d', '--name', 'kept', '--restart', 'always', ...publish(port))
      await docker.run('run', '-d', '--name', 'gone', ...publish(gone))
      await eventually(() => get(gone).catch(String)).toBe('hello')

      fixture.changes.length = 0
      await machine.link.exec('kill -9 $(pgrep -x dockerd)')
      await fixture.changed((event) => event.type === 'snapshot')
      await eventually(() => get(port).catch(String)).toBe('hello')
      await eventually(() => state(gone)).toBe('refused')

      // Stops and starts the machine in the same way as the app.
      fixture.state.stop()
      await ports.closeAll()
      await machine.stop()
      expect(await state(port)).toBe('refused')
      await machine.start()
      fixture.state.start()
      await eventually(() => get(port).catch(String)).toBe('hello')
      expect(await get(port, '[::1]')).toBe('hello')
      expect(ports.forwards).toMatchObject([{ binding: { hostPort: port }, state: 'open' }])
      expect(await state(gone)).toBe('refused')
      await docker.run('rm', '-f', 'kept')
      await eventually(() => state(port)).toBe('refused')
    }, 600_000)

    it('open if the container uses the machine’s own network', async () => {
      const port = await freePort()
      const command = ['sh', '-c', `echo hello > index.html; exec httpd -f -p ${String(port)}`]
      // The engine ignores the published ports of a container on the machine's own network.
      const publish = `${String(await freePort())}:8080`
      await fixture.docker.run(
        ...['run', '-d', '--name', 'cli', '--network', 'host', '-p', publish, busybox],
        ...command,
      )
      await eventually(() => get(port).catch(String)).toBe('hello')
      expect(fixture.ports.forwards).toMatchObject([
        { binding: { hostIp: '', hostPort: port, containerPort: port }, state: 'open' },
      ])
      await fixture.docker.run('rm', '-f', 'cli')
      await eventually(() => state(port)).toBe('refused')
    })

    it('open on the addresses on which a container on the machine’s own network listens, but not on IPv4 for a TCP server on IPv6 alone', async () => {
      const image = 'udp-echo:latest'
      await fixture.engine.images.import(image, Readable.from([await udpEchoTar()]))
      const sockets = ['tcp,::', 'tcp,::1', 'tcp,127.0.0.1', 'udp,::', 'udp,::1', 'udp,127.0.0.1']
      const opened = await Promise.all(
        sockets.map(async (each) => ({ socket: each, port: await freePort() })),
      )
      const command = servers(...opened.map(({ socket, port }) => `${socket},${String(port)}`))
      await fixture.docker.run(
        'run',
        '-d',
        '--name',
        'cli',
        '--network',
        'host',
        '--cgroup-parent',
        '/own',
        image,
        ...command,
      )
      await eventually(() => fixture.ports.forwards.map(({ state }) => state)).toEqual(
        sockets.map(() => 'open'),
      )
      for (const { socket, port } of opened) {
        const [protocol, address = ''] = socket.split(',')
        const isIpv4 = address === '127.0.0.1'
        if (protocol === 'udp') await echo(isIpv4 ? 'udp4' : 'udp6', port, isIpv4 ? address : '::1')
        else expect(await text(connect(port, isIpv4 ? address : '::1'))).toBe('hello')
        if (protocol === 'tcp' && !isIpv4) expect(await state(port)).toBe('refused')
      }
      await fixture.docker.run('rm', '-f', 'cli')
      await eventually(() => fixture.ports.forwards).toEqual([])
    })

    it('carry connections on ::1 to a server that listens on IPv6 alone', async () => {
      const image = 'udp-echo:latest'
      await fixture.engine.images.import(image, Readable.from([await udpEchoTar()]))
      const sockets = ['tcp,::,1001', 'udp,::,1002', 'tcp,0.0.0.0,1003', 'udp,0.0.0.0,1004']
      const [tcp6, udp6, tcp4, udp4, nobody, nobody6] = (await Promise.all(
        Array.from({ length: 6 }, () => freePort()),
      )) as [number, number, number, number, number, number]
      const publish = [
        ...[`${String(tcp6)}:1001`, `${String(udp6)}:1002/udp`],
        ...[`${String(tcp4)}:1003`, `${String(udp4)}:1004/udp`],
        ...[`${String(nobody)}:1005`, `[::1]:${String(nobody6)}:1005`],
      ].flatMap((each) => ['-p', each])
      const { docker } = fixture
      await docker.run('network', 'create', '--ipv6', '--subnet', 'fd00:be27::/64', 'six')
      const options = ['-d', '--network', 'six', '--name', 'cli']
      await docker.run('run', ...options, ...publish, image, ...servers(...sockets))
      const reset = { code: 'ECONNRESET' }
      await eventually(() => text(connect(tcp6, '::1')).catch(String)).toBe('hello')
      await expect(text(connect(tcp6, '127.0.0.1'))).rejects.toMatchObject(reset)
      await echo('udp6', udp6, '::1')
      // If no server listens on the port over IPv6, ::1 leads to the server on the same port over IPv4.
      for (const address of ['127.0.0.1', '::1']) expect(await text(connect(tcp4, address))).toBe('hello')
      await echo('udp4', udp4, '127.0.0.1')
      await echo('udp6', udp4, '::1')
      for (const port of [nobody, nobody6])
        await expect(text(connect(port, '::1'))).rejects.toMatchObject(reset)
      await docker.run('rm', '-f', 'cli')
      await docker.run('network', 'rm', 'six')
    })

    it('of a swarm service are open until the service is removed', async () => {
      const port = await freePort()
      const { docker } = fixture
      await docker.run('swarm', 'init')
      try {
        const publish = `published=${String(port)},target=8080`
        await docker.run('service', 'create', '-d', '--name', 'web', '-p', publish, busybox, ...server)
        await expect.poll(() => get(port).catch(String), { timeout: 120_000 }).toBe('hello')
        await docker.run('service', 'rm', 'web')
        await eventually(() => state(port)).toBe('refused')
      } finally {
        await docker.run('swarm', 'leave', '--force')
        await docker.run('network', 'rm', 'docker_gwbridge')
      }
    })

    it('are listed with the reason if the host’s port is in use, and open when the host’s port becomes free', async () => {
      const port = await freePort()
      const other = await occupy(port)
      await fixture.docker.run('run', '-d', '--name', 'cli', '-p', `${String(port)}:8080`, busybox, ...server)
      await eventually(() => fixture.ports.forwards).toMatchObject([
        { state: 'failed', error: { code: 'port.taken', params: { port } } },
      ])
      await fixture.changed((event) => event.type === 'forwards' && event.forwards[0]?.state === 'failed')
      expect(await fixture.docker.run('ps', '--format', '{{.Names}}')).toBe('cli')
      other.close()
      await eventually(() => get(port).catch(String)).toBe('hello')
    })
  })
})
