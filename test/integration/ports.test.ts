import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { PortBinding } from '../../src/shared/ports'
import { hasDockerCli } from '../support/docker-cli'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { freePort } from '../support/registry'
import { udpEcho, udpEchoTar } from '../support/udp-echo-image'

const server = ['sh', '-c', 'mkdir -p /www; echo hello > /www/index.html; exec httpd -f -p 8080 -h /www']

function tcp(hostPort: number, hostIp: '' | '127.0.0.1' | '0.0.0.0' = '') {
  return { hostIp, hostPort, containerPort: 8080, protocol: 'tcp' } as const satisfies PortBinding
}

async function get(port: number, address = '127.0.0.1'): Promise<string> {
  const response = await fetch(`http://${address}:${String(port)}/`)
  return (await response.text()).trim()
}

/** `refused` when nobody listens on a port of the host, `open` when somebody does. */
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

async function occupy(port: number): Promise<Server> {
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  return other
}

describe('published ports', () => {
  let fixture: EngineFixture

  beforeAll(async () => {
    fixture = await EngineFixture.open()
  })
  afterEach(() => fixture.clear())
  afterAll(() => fixture.close())

  it('answer on the host’s loopback, close with a stop, open with a start and close with a removal', async () => {
    const { containers } = fixture.engine
    const port = await freePort()
    const { id } = await fixture.run({ command: server, ports: [tcp(port)] })
    await eventually(() => get(port).catch(String)).toBe('hello')
    expect(fixture.ports.forwards).toMatchObject([{ containerId: id, address: '127.0.0.1', state: 'open' }])
    await containers.stop(id, 0)
    await eventually(() => state(port)).toBe('refused')
    await containers.start(id)
    await eventually(() => get(port).catch(String)).toBe('hello')
    await containers.remove(id, { force: true, volumes: true })
    await eventually(() => state(port)).toBe('refused')
    expect(fixture.ports.forwards).toEqual([])
  })

  it('close when the container ends by itself', async () => {
    const port = await freePort()
    await fixture.run({ command: ['sh', '-c', 'sleep 1'], ports: [tcp(port)], autoRemove: true })
    await eventually(() => fixture.state.containers.size).toBe(0)
    await eventually(() => state(port)).toBe('refused')
  })

  it('stay on the loopback unless the local network is asked for', async () => {
    const [lan] = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
    if (lan === undefined) throw new Error('this host has no network address to test with')
    const port = await freePort()
    const wide = await freePort()
    await fixture.run({ command: server, ports: [tcp(port, '127.0.0.1')] })
    await fixture.run({ command: server, ports: [tcp(wide, '0.0.0.0')] })
    await eventually(() => get(port).catch(String)).toBe('hello')
    expect(await state(port, lan.address)).toBe('refused')
    await eventually(() => get(wide, lan.address).catch(String)).toBe('hello')
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
    const socket = createSocket('udp4')
    const answers: string[] = []
    socket.on('message', (message) => answers.push(message.toString()))
    await eventually(() => {
      socket.send('ping', port, '127.0.0.1')
      return answers[0]
    }).toBe('ping')
    socket.close()
  })

  it('that are taken leave nothing behind, and the error names who has them', async () => {
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

  it('of another container are taken too', async () => {
    const port = await freePort()
    await fixture.run({ name: 'first', command: server, ports: [tcp(port)] })
    await expect(fixture.run({ name: 'second', ports: [tcp(port, '0.0.0.0')] })).rejects.toMatchObject({
      code: 'port.taken',
      params: { owner: 'first' },
    })
    await eventually(() => get(port).catch(String)).toBe('hello')
    expect((await fixture.engine.containers.list()).map(({ name }) => name)).toEqual(['first'])
  })

  it('are given back when the container does not start', async () => {
    const port = await freePort()
    await expect(fixture.run({ command: ['/no/such'], ports: [tcp(port)] })).rejects.toMatchObject({
      code: 'container.start-failed',
    })
    expect(await state(port)).toBe('refused')
  })

  describe.runIf(hasDockerCli)('of containers that the docker CLI started', () => {
    it('answer too, on the machine’s own loopback as well', async () => {
      const [port, loopback] = [await freePort(), await freePort()]
      const publish = ['-p', `${String(port)}:8080`, '-p', `127.0.0.1:${String(loopback)}:8080`]
      await fixture.docker.run('run', '-d', '--name', 'cli', ...publish, busybox, ...server)
      await eventually(() => get(port).catch(String)).toBe('hello')
      await eventually(() => get(loopback).catch(String)).toBe('hello')
      await fixture.docker.run('rm', '-f', 'cli')
      await eventually(() => state(port)).toBe('refused')
      await eventually(() => state(loopback)).toBe('refused')
    })

    it('answer on the port that the engine chose', async () => {
      await fixture.docker.run('run', '-d', '--name', 'cli', '-p', '8080', busybox, ...server)
      await eventually(() => fixture.ports.forwards.length).toBe(1)
      const [forward] = fixture.ports.forwards
      expect(await fixture.docker.run('port', 'cli', '8080')).toContain(
        `0.0.0.0:${String(forward?.binding.hostPort)}`,
      )
      await eventually(() => get(forward?.binding.hostPort ?? 0).catch(String)).toBe('hello')
    })

    it('are shown with the reason when the host’s port is taken, and the container lives', async () => {
      const port = await freePort()
      const other = await occupy(port)
      await fixture.docker.run('run', '-d', '--name', 'cli', '-p', `${String(port)}:8080`, busybox, ...server)
      await eventually(() => fixture.ports.forwards).toMatchObject([
        { state: 'failed', error: { code: 'port.taken', params: { port } } },
      ])
      await fixture.changed((event) => event.type === 'forwards' && event.forwards[0]?.state === 'failed')
      expect(await fixture.docker.run('ps', '--format', '{{.Names}}')).toBe('cli')
      other.close()
    })
  })
})
