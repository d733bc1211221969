import { once } from 'node:events'
import * as fs from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bindMountInterceptors } from '../../src/main/docker-socket/create-request'
import { engineSocketPath } from '../../src/main/engine/client'
import { listen } from '../../src/main/lib'
import { FileCopies } from '../../src/main/mounts/file-copies'
import { timeZoneFile } from '../../src/main/mounts/time-zone'
import { hasDockerCli } from '../support/docker-cli'
import { listeningSocket } from '../support/docker-socket'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { requestIdentities, sshAgent, type SshAgent, unixClient } from '../support/ssh-agent'

describe.runIf(hasDockerCli)('sockets and small files of this computer', () => {
  let proxy: Awaited<ReturnType<typeof listeningSocket>>
  let fixture: EngineFixture
  let base: string
  let shared: string
  let agent: SshAgent
  const servers: Server[] = []
  const agentBefore = process.env.SSH_AUTH_SOCK

  beforeAll(async () => {
    base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'berth-sockets-')))
    shared = join(base, 'shared')
    fs.mkdirSync(shared)
    unixClient(join(shared, 'client'))
    agent = await sshAgent(base)
    process.env.SSH_AUTH_SOCK = agent.path
    fixture = await EngineFixture.open()
    const mounted = once(fixture.mounts, 'mounted')
    await fixture.mounts.setFolders([{ path: shared, writable: true }])
    await mounted
    const { engine, mounts } = fixture
    proxy = await listeningSocket({
      openEngine: () => fixture.machine.link.openUnixSocket(engineSocketPath),
      beforeRequest: () => Promise.resolve(),
      interceptors: bindMountInterceptors(
        () => mounts.currentBindContext(),
        (id) => mounts.beforeStart(async () => (await engine.containers.find(id))?.mounts ?? []),
      ),
    })
  })
  afterAll(async () => {
    if (agentBefore === undefined) delete process.env.SSH_AUTH_SOCK
    else process.env.SSH_AUTH_SOCK = agentBefore
    for (const server of servers) server.close()
    await agent.close()
    await fixture.mounts.setFolders([])
    await proxy.close()
    await fixture.close()
    fs.rmSync(base, { recursive: true, force: true })
  })

  async function docker(...args: string[]): Promise<string> {
    const env = { DOCKER_HOST: `unix://${proxy.path}`, DOCKER_CONFIG: base }
    return (await execa('docker', args, { env })).stdout
  }

  function run(mount: string[], script: string): Promise<string> {
    const client = ['-v', `${shared}/client:/client`]
    return docker('run', '--rm', '--user', '1234', ...client, ...mount, busybox, 'sh', '-c', script)
  }

  /** Starts a server on this computer. It replies after its client has sent all data. */
  async function program(path: string): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let bytes = 0
      socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
      socket.once('end', () => socket.end(`${String(bytes)} of ${path}`))
    })
    servers.push(server)
    await listen(server, { path })
  }

  const keysOf = (socket: string) =>
    `printf '${requestIdentities}' | /client ${socket} message | od -An -v -tx1 | tr -d ' \\n'`

  it('a container with any user can use this computer’s ssh-agent', async () => {
    expect(await run(['-v', `${agent.path}:/agent`], keysOf('/agent'))).toContain(agent.key)
    const wellKnown = '/run/host-services/ssh-auth.sock'
    const mount = ['--mount', `type=bind,source=${wellKnown},target=/agent`]
    expect(await run(mount, keysOf('/agent'))).toContain(agent.key)
  })

  it('a container can use a socket inside or outside a shared folder, and gets a reply after it has ended its side of the connection', async () => {
    for (const path of [join(base, 'outside.sock'), join(shared, 'inside.sock')]) {
      await program(path)
      const script = 'head -c 1000000 /dev/zero | /client /socket'
      expect(await run(['-v', `${path}:/socket`], script)).toBe(`1000000 of ${path}`)
    }
  })

  it('a container can use the sockets in a folder that it has mounted, including sockets that programs create later', async () => {
    const folder = join(shared, 'sockets')
    fs.mkdirSync(join(folder, 'below'), { recursive: true })
    const [first, second] = [join(folder, 'first.sock'), join(folder, 'below', 'second.sock')]
    await program(first)
    const mounts = ['-v', `${folder}:/sockets:ro`, '-v', `${shared}/client:/client`]
    await docker('run', '-d', '--name', 'in-folder', '--user', '1234', ...mounts, busybox, 'sleep', '1000000')
    const ask = (socket: string) =>
      docker('exec', 'in-folder', 'sh', '-c', `head -c 100000 /dev/zero | /client /sockets/${socket}`)
    expect(await ask('first.sock')).toBe(`100000 of ${first}`)
    await program(second)
    expect(await docker('exec', 'in-folder', 'ls', '-l', '/sockets/below')).toMatch(/^s\S+ .* second.sock$/m)
    expect(await ask('below/second.sock')).toBe(`100000 of ${second}`)
    // A program that starts again replaces its socket.
    fs.rmSync(first)
    await program(first)
    expect(await ask('first.sock')).toBe(`100000 of ${first}`)
    const { link } = fixture.machine
    await link.exec('pkill mount-listener')
    expect(await ask('first.sock')).toBe(`100000 of ${first}`)
    const up = once(link, 'up')
    link.cut()
    await up
    expect(await ask('below/second.sock')).toBe(`100000 of ${second}`)
    await docker('rm', '-f', 'in-folder')
  })

  it('a socket works in a container after Berth reconnects, and after the relay and the container restart', async () => {
    const path = join(base, 'kept.sock')
    await program(path)
    await docker(
      ...['run', '-d', '--name', 'keeps', '-v', `${path}:/socket`, '-v', `${shared}/client:/client`],
      ...[busybox, 'sleep', '1000000'],
    )
    // The Docker CLI sends bind mounts in any order.
    expect(JSON.parse(await docker('inspect', '-f', '{{json .HostConfig.Binds}}', 'keeps'))).toContain(
      `/run/host-services${path}:/socket`,
    )
    const ask = () => docker('exec', 'keeps', 'sh', '-c', 'echo -n x | /client /socket')
    expect(await ask()).toBe(`1 of ${path}`)
    const { link } = fixture.machine
    const up = once(link, 'up')
    link.cut()
    await up
    expect(await ask()).toBe(`1 of ${path}`)
    const ready = '/run/berth/host-sockets-ready'
    await link.exec(`rm ${ready} && pkill socket-relay`)
    await eventually(async () => (await link.exec(`test -e ${ready}`)).code).toBe(0)
    await docker('restart', '-t', '0', 'keeps')
    expect(await ask()).toBe(`1 of ${path}`)
    fs.rmSync(path)
    await expect(docker('restart', '-t', '0', 'keeps')).rejects.toThrow(`There is no socket ${path}`)
    await expect(docker('run', '-v', `${path}:/socket`, busybox)).rejects.toThrow(
      `There is no socket ${path}`,
    )
    await docker('rm', '-f', 'keeps')
  })

  it('small files in a container have the same content as on this computer', async () => {
    const files = ['/etc/localtime', '/etc/hosts', '/etc/passwd']
    const mounts = files.flatMap((file) => ['-v', `${file}:/host${file}:ro`])
    const sums = files.map((file) => `/host${file}`).join(' ')
    const expected = (await execa('sha256sum', files)).stdout.replaceAll('  /etc', '  /host/etc')
    expect(await run(mounts, `sha256sum ${sums}`)).toBe(expected)
    const bundle = '/etc/ssl/certs/ca-certificates.crt'
    const [sum] = (await execa('sha256sum', [bundle])).stdout.split(' ')
    expect(await run(['-v', '/etc/ssl/certs:/certs:ro'], 'sha256sum /certs/ca-certificates.crt')).toContain(
      sum,
    )
  })

  it('the machine and a container that mounts /etc/localtime have the time zone of this computer', async () => {
    const { link } = fixture.machine
    const options = { link, log: pino({ level: 'silent' }), platform: process.platform }
    const elsewhere = new FileCopies({ ...options, read: () => Promise.resolve(timeZoneFile('Asia/Seoul')) })
    await elsewhere.copy('/etc/localtime')
    try {
      expect((await link.exec('date +%z')).stdout).toBe('+0900\n')
      // Uses the machine's own docker, because Berth does not see its requests. Otherwise Berth's proxy would copy this
      // computer's time zone.
      const mount = '-v /etc/localtime:/etc/localtime'
      const script = 'date +%z; echo x 2>/dev/null >/etc/localtime || echo read-only'
      const { stdout } = await link.exec(`docker run --rm ${mount} ${busybox} sh -c '${script}'`)
      expect(stdout).toContain('+0900\nread-only')
    } finally {
      await new FileCopies(options).copy('/etc/localtime')
    }
  })
})
