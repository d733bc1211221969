import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { whenRunning } from '../../src/main/docker-socket/machine-gate'
import { engineSocketPath } from '../../src/main/engine/client'
import { dockerInterceptors } from '../../src/main/docker-socket/berth-interceptors'
import { networkAddresses } from '../../src/main/ports/port-probe'
import { hasDockerCli } from '../support/docker-cli'
import { listeningSocket } from '../support/docker-socket'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { udpEcho, udpEchoTar } from '../support/udp-echo-image'

/** An address that no computer has, because it is reserved for documentation (RFC 5737). */
const foreign = '198.51.100.7'

function serve(answer: string): string[] {
  return ['sh', '-c', `mkdir -p /www; echo ${answer} > /www/index.html; exec httpd -f -p 8080 -h /www`]
}

async function get(port: number, address = '127.0.0.1'): Promise<string> {
  const host = address.includes(':') ? `[${address}]` : address
  return (await (await fetch(`http://${host}:${String(port)}/`)).text()).trim()
}

describe.runIf(hasDockerCli)('ports that a docker client requests', () => {
  let fixture: EngineFixture
  let proxy: Awaited<ReturnType<typeof listeningSocket>>
  let folder: string
  const servers: Server[] = []

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    folder = await mkdtemp(join(tmpdir(), 'berth-ports-'))
    const { machine } = fixture
    proxy = await listeningSocket({
      openEngine: () => machine.link.openUnixSocket(engineSocketPath),
      beforeRequest: () => whenRunning(machine),
      interceptors: dockerInterceptors(fixture),
    })
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close()
    await fixture.clear()
  })
  afterAll(async () => {
    await proxy.close()
    await fixture.close()
    await rm(folder, { recursive: true })
  })

  async function docker(...args: string[]): Promise<string> {
    const env = { DOCKER_HOST: `unix://${proxy.path}`, DOCKER_CONFIG: folder }
    return (await execa('docker', args, { env })).stdout
  }
  async function occupy(port: number): Promise<void> {
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
  }
  const forwards = () => fixture.ports.forwards.map(({ address, state }) => [address, state]).sort()

  it('open on the requested addresses of this computer, and one port can lead to a different container on each address', async () => {
    const [lan] = networkAddresses()
    if (lan === undefined) throw new Error('this host has no network address to test with')
    const port = await freePort()
    const publish = (address: string) => ['-p', `${address}:${String(port)}:8080`]
    await docker('run', '-d', '--name', 'lan', ...publish(lan), busybox, ...serve('lan'))
    await docker('run', '-d', '--name', 'loopback', ...publish('127.0.0.2'), busybox, ...serve('loopback'))
    const hostPort = { hostPort: port, containerPort: 8080, protocol: 'tcp' } as const
    await fixture.run({
      name: 'window',
      command: serve('window'),
      ports: [{ ...hostPort, hostIp: '127.0.0.3' }],
    })
    const addresses = [lan, '127.0.0.2', '127.0.0.3']
    expect(forwards()).toEqual(addresses.map((address) => [address, 'open']).sort())
    for (const [index, answer] of ['lan', 'loopback', 'window'].entries())
      await eventually(() => get(port, addresses[index]).catch(String)).toBe(answer)
    await expect(get(port)).rejects.toThrow('fetch failed')
    expect(await docker('port', 'lan')).toBe(`8080/tcp -> ${lan}:${String(port)}`)
    expect(await docker('inspect', '-f', '{{json .HostConfig.PortBindings}}', 'lan')).toBe(
      JSON.stringify({ '8080/tcp': [{ HostIp: lan, HostPort: String(port) }] }),
    )
    // In a container, the address leads to the host's port as well.
    expect(await docker('exec', 'loopback', 'wget', '-qO-', `http://${lan}:${String(port)}`)).toBe('lan')
    await docker('rm', '-f', 'lan')
    await expect(get(port, lan)).rejects.toThrow('fetch failed')
    expect(await get(port, '127.0.0.2')).toBe('loopback')
  })

  it('carry UDP and IPv6 on the addresses of this computer', async () => {
    const [lan] = networkAddresses()
    const port = await freePort()
    const image = 'udp-echo:latest'
    await fixture.engine.images.import(image, Readable.from([await udpEchoTar()]))
    const publish = [`${String(lan)}:${String(port)}:9000/udp`, `[::1]:${String(port)}:9000/udp`]
    await docker('run', '-d', ...publish.flatMap((each) => ['-p', each]), image, ...udpEcho(9000))
    for (const [type, address] of [
      ['udp4', lan],
      ['udp6', '::1'],
    ] as const) {
      const client = createSocket(type)
      const answers: string[] = []
      client.on('message', (answer) => answers.push(answer.toString()))
      await eventually(() => {
        client.send('ping', port, address)
        return answers[0]
      }).toBe('ping')
      client.close()
    }
    const ipv6 = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal, scopeid }) => family === 'IPv6' && !internal && scopeid === 0)?.address
    if (ipv6 === undefined) return
    await docker('run', '-d', '-p', `[${ipv6}]:${String(port)}:8080`, busybox, ...serve('six'))
    await eventually(() => get(port, ipv6).catch(String)).toBe('six')
    await expect(get(port, '::1')).rejects.toThrow('fetch failed')
  })

  it('are refused on an address of another computer, and no container is created', async () => {
    const port = String(await freePort())
    await expect(docker('run', '-d', '-p', `${foreign}:${port}:80`, busybox, 'true')).rejects.toThrow(
      `${foreign} is not an address of this computer, so port ${port}/tcp cannot be opened there.`,
    )
    const ports = [{ hostIp: foreign, hostPort: Number(port), containerPort: 80, protocol: 'tcp' as const }]
    await expect(fixture.run({ ports })).rejects.toMatchObject({ code: 'port.address' })
    expect(await fixture.engine.containers.list()).toEqual([])
  })

  it('are refused with the reason if Berth cannot forward their protocol', async () => {
    const port = String(await freePort())
    await expect(docker('run', '-d', '-p', `${port}:53/sctp`, busybox, 'true')).rejects.toThrow(
      `Port ${port} is not open on this computer: SCTP cannot be forwarded to the machine.`,
    )
  })

  it('are chosen from the free ports of a requested range, and Berth reports a range without a free port', async () => {
    const first = 23_400
    await occupy(first)
    await occupy(first + 2)
    const range = ['-p', `${String(first)}-${String(first + 3)}:8080`]
    await docker('run', '-d', '--name', 'one', ...range, busybox, ...serve('one'))
    await docker('run', '-d', '--name', 'two', ...range, busybox, ...serve('two'))
    await eventually(() => get(first + 1).catch(String)).toBe('one')
    await eventually(() => get(first + 3).catch(String)).toBe('two')
    expect(forwards().map(([, state]) => state)).toEqual(['open', 'open'])
    await expect(docker('run', '-d', ...range, busybox, 'true')).rejects.toThrow(
      `All ports of ${String(first)}-${String(first + 3)}/tcp on 127.0.0.1 are already in use. Port ${String(first)} is used by`,
    )
    expect(await docker('ps', '-aq')).toHaveLength('0123456789ab\n0123456789ab'.length)
  })

  it('open a hundred at a time, need little memory in the machine, and close with their container', async () => {
    const first = 23_500
    const range = `${String(first)}-${String(first + 99)}`
    const free = async () => {
      const { stdout } = await fixture.machine.link.exec("awk '/MemAvailable/ { print $2 }' /proc/meminfo")
      return Number(stdout)
    }
    const before = await free()
    await docker(
      'run',
      '-d',
      '--name',
      'many',
      '-p',
      `${range}:${range}`,
      '-p',
      `127.0.0.1:${String(first + 100)}:8080`,
      busybox,
      ...serve('many'),
    )
    expect(before - (await free())).toBeLessThan(256 * 1024)
    expect(forwards().filter(([, state]) => state === 'open')).toHaveLength(101)
    await eventually(() => get(first + 100).catch(String)).toBe('many')
    await docker('rm', '-f', 'many')
    await eventually(() => fixture.ports.forwards).toEqual([])
    await expect(get(first + 100)).rejects.toThrow('fetch failed')
    // The time limit is long, because dockerd starts several processes for each port. An emulated machine is slow.
  }, 600_000)
})
