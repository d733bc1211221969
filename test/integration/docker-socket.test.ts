import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import { spawn } from 'node-pty'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import { resolveLinks } from '../../src/main/mounts/host-links'
import { bindMountInterceptors } from '../../src/main/docker-socket/create-request'
import { whenRunning } from '../../src/main/docker-socket/machine-gate'
import { publishedPortsInterceptor } from '../../src/main/docker-socket/start-request'
import { engineSocketPath } from '../../src/main/engine/client'
import { maxFreeSockets } from '../../src/main/engine/http-agent'
import { addCliPlugins } from '../support/cli-plugins'
import { hasDockerCli } from '../support/docker-cli'
import { connected, listeningSocket, readUntil } from '../support/docker-socket'
import { busybox, EngineFixture, eventually } from '../support/engine-fixture'
import { Registry } from '../support/registry'

/** A line of an htpasswd file for the user `me` with the password `open sesame`. */
const me = 'me:$2b$04$GnvOW1Hb.K5KCts5NIUqJeDt5hbbxnAXwPBk.uem11pIE5ga8Vhi.\n'

describe.runIf(hasDockerCli)('the host’s own docker tools', () => {
  let fixture: EngineFixture
  let proxy: Awaited<ReturnType<typeof listeningSocket>>
  let folder: string
  /** Clients that a failed test may leave running. */
  const clients: { kill: () => unknown }[] = []

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    folder = await mkdtemp(join(tmpdir(), 'berth-tools-'))
    const { machine, engine, ports, state } = fixture
    proxy = await listeningSocket({
      openEngine: () => machine.link.openUnixSocket(engineSocketPath),
      beforeRequest: () => whenRunning(machine),
      interceptors: [
        ...bindMountInterceptors(() =>
          Promise.resolve({
            platform: process.platform,
            homeFolder: homedir(),
            ownFolder: '/nowhere',
            sharedFolders: [{ path: folder, writable: true }],
            dockerSocket: proxy.path,
            resolveLinks,
          }),
        ),
        publishedPortsInterceptor({
          findContainer: (id) => engine.containers.findPublishing(id),
          ports,
          watchOutput: () => Promise.resolve(),
          refreshContainer: (id) => state.refreshContainer(id),
        }),
      ],
    })
    await mkdir(join(folder, 'config'))
    await addCliPlugins(join(folder, 'config'))
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.kill()
    await fixture.clear()
  })
  afterAll(async () => {
    await proxy.close()
    await fixture.close()
    await rm(folder, { recursive: true })
  })

  const environment = (more: Record<string, string> = {}) => ({
    DOCKER_HOST: `unix://${proxy.path}`,
    DOCKER_CONFIG: join(folder, 'config'),
    ...more,
  })

  function docker(args: string[], options: { input?: string; env?: Record<string, string> } = {}) {
    const { input, env } = options
    const client = execa('docker', args, {
      env: environment(env),
      reject: false,
      stripFinalNewline: false,
      ...(input === undefined ? {} : { input }),
    })
    clients.push(client)
    return client
  }

  /** Runs the Docker CLI. Returns its standard output, and rejects if the command fails. */
  async function output(...args: string[]): Promise<string> {
    const { failed, stdout, stderr, exitCode } = await docker(args)
    if (failed) throw new Error(`docker ${args.join(' ')}: ${String(exitCode)} ${stderr}`)
    return stdout.trim()
  }

  /** Waits until the tools have closed all their connections on the host, and no request is in progress. */
  async function nothingLeft(): Promise<void> {
    await eventually(() => [proxy.socket.connections, proxy.socket.activity.inFlight]).toEqual([0, 0])
  }

  it('can run, exec, wait, and follow logs and events', async () => {
    const events = docker(['events', '--filter', 'type=container', '--format', '{{.Action}}'])
    const seen: string[] = []
    events.stdout.on('data', (piece: Buffer) => seen.push(...piece.toString().trim().split('\n')))
    await eventually(() => proxy.socket.activity.inFlight).toBe(1)
    expect(await output('run', '--rm', busybox, 'echo', 'hello')).toBe('hello')
    expect(await docker(['run', '--rm', busybox, 'sh', '-c', 'echo bad >&2; exit 7'])).toMatchObject({
      exitCode: 7,
      stderr: 'bad\n',
    })
    expect(seen).toEqual(expect.arrayContaining(['create', 'attach', 'start', 'die', 'destroy']))
    await output('run', '-di', '--name', 'talker', busybox, 'sh', '-c', 'echo first; read x; echo $x; exit 3')
    expect(await output('exec', 'talker', 'cat', '/proc/1/comm')).toBe('sh')
    const logs = docker(['logs', '-f', 'talker'])
    await eventually(() => proxy.socket.activity.inFlight).toBe(2)
    const wait = docker(['wait', 'talker'])
    await docker(['attach', 'talker'], { input: 'last\n' })
    expect((await logs).stdout).toBe('first\nlast\n')
    expect((await wait).stdout).toBe('3\n')
    events.kill()
    await events
    await nothingLeft()
  })

  it('can attach, and still read output after their input has ended', async () => {
    const input = 'a line of input\n'.repeat(20_000)
    const { stdout } = await docker(['run', '-i', '--rm', busybox, 'sh', '-c', 'cat; echo the end'], {
      input,
    })
    expect(stdout === `${input}the end\n`).toBe(true)
    await output('run', '-d', '--name', 'box', busybox, 'sleep', '1000')
    expect((await docker(['exec', '-i', 'box', 'wc', '-c'], { input })).stdout.trim()).toBe(
      String(input.length),
    )
    await nothingLeft()
  })

  it.each(['run', 'exec'])('open a terminal with the size of its window, with docker %s', async (command) => {
    const exec = command === 'exec'
    if (exec) await output('run', '-d', '--name', 'box', busybox, 'sleep', '1000')
    const args = exec ? ['exec', '-it', 'box', 'sh'] : ['run', '-it', '--rm', busybox, 'sh']
    const terminal = spawn('docker', args, {
      cols: 90,
      rows: 30,
      env: { ...process.env, ...environment() },
    })
    clients.push(terminal)
    let screen = ''
    terminal.onData((data) => (screen += data))
    const exited = new Promise<number>((resolve) =>
      terminal.onExit(({ exitCode }) => {
        resolve(exitCode)
      }),
    )
    // The client sends its size asynchronously. So the shell asks for the size until it is right.
    const size = async (wanted: string, resize: () => void = () => undefined) => {
      terminal.write(`until stty size | grep '^${wanted}'; do sleep 0.1; done\r`)
      await eventually(() => {
        resize()
        return screen
      }).toContain(`\n${wanted}\r`)
    }
    await eventually(() => screen).toContain('# ')
    await size('30 90')
    // Resizes repeatedly, as when a user drags a window. The client ignores changes until it has sent its first size.
    await size('23 71', () => {
      terminal.resize(72, 23)
      terminal.resize(71, 23)
    })
    terminal.write('exit 5\r')
    expect(await exited).toBe(5)
    await nothingLeft()
  })

  it('can copy files in both directions, and save and load images', async () => {
    await output('run', '-d', '--name', 'box', busybox, 'sleep', '1000')
    const content = Buffer.alloc(3_000_000, 'some content ')
    await writeFile(join(folder, 'there'), content)
    await output('cp', join(folder, 'there'), 'box:/data/there')
    await output('cp', 'box:/data/there', join(folder, 'back'))
    expect((await readFile(join(folder, 'back'))).equals(content)).toBe(true)
    await output('tag', busybox, 'copy:1')
    const saved = docker(['save', 'copy:1'])
    const loaded = execa('docker', ['load'], { env: environment(), input: saved.stdout })
    expect((await loaded).stdout).toContain('Loaded image: copy:1')
    await saved
    await nothingLeft()
  })

  it('can run compose up and down repeatedly, and each time exactly the published ports are open', async () => {
    const [port, other] = [await freePort(), await freePort()]
    const file = join(folder, 'compose.yaml')
    const serve = 'mkdir -p /www; hostname > /www/index.html; exec httpd -f -p 8080 -h /www'
    const ports = [`${String(port)}:8080`, `127.0.0.1:${String(other)}:8080`]
    const web = { image: busybox, command: ['sh', '-c', serve], ports, init: true, stop_grace_period: '0s' }
    await writeFile(file, JSON.stringify({ name: 'app', services: { web } }))
    for (let round = 0; round < 3; round += 1) {
      await output('compose', '-f', file, 'up', '-d')
      // The ports are already open when the client learns that the container runs.
      const open = fixture.ports.forwards.map(({ binding, state }) => [binding.hostPort, state])
      expect(open.sort()).toEqual([[port, 'open'] as const, [other, 'open'] as const].sort())
      const id = await output('compose', '-f', file, 'ps', '-q')
      expect(id).toMatch(/^[0-9a-f]{64}$/)
      for (const each of [port, other])
        await eventually(async () => (await get(each).catch(String)).trim()).toBe(id.slice(0, 12))
      await output('compose', '-f', file, 'down')
    }
    expect(await output('ps', '-aq')).toBe('')
    await eventually(() => fixture.ports.forwards).toEqual([])
    for (const each of [port, other])
      await eventually(() => get(each).catch(String)).toContain('fetch failed')
    await nothingLeft()
  })

  it('get Docker’s own error when a port is already in use on this computer', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const refused = await docker([
      'run',
      '-d',
      '--name',
      'web',
      '-p',
      `${String(port)}:80`,
      busybox,
      'sleep',
      '9',
    ])
    expect(refused.exitCode).toBe(125)
    expect(refused.stderr).toMatch(
      new RegExp(`driver failed programming external connectivity.*${String(port)}.*address already in use`),
    )
    expect(await output('ps', '-a', '--format', '{{.Names}} {{.State}}')).toBe('web created')
    other.close()
    await once(other, 'close')
    await output('start', 'web')
    expect(fixture.ports.forwards).toMatchObject([{ binding: { hostPort: port }, state: 'open' }])
    // A port that the engine chooses is also open when the client learns that the container runs.
    await output('run', '-d', '--name', 'any', '-p', '80', busybox, 'sleep', '1000')
    const chosen = Number((await output('port', 'any', '80/tcp')).split('\n')[0]?.split(':').at(-1))
    expect(fixture.ports.forwards.map(({ binding, state }) => [binding.hostPort, state])).toContainEqual([
      chosen,
      'open',
    ])
  })

  it('get an error for a bind mount of a folder that is not shared', async () => {
    const refused = await docker(['run', '--rm', '-v', '/srv/elsewhere:/data', busybox, 'true'])
    expect(refused).toMatchObject({ exitCode: 125 })
    expect(refused.stderr).toContain('/srv/elsewhere is not in a folder that is shared with containers')
  })

  it('can mount the engine’s socket into a container by its path on the host or in the machine', async () => {
    const isSocket = ['test', '-S', '/engine.sock']
    for (const path of [proxy.path, engineSocketPath])
      await output('run', '--rm', '-v', `${path}:/engine.sock`, busybox, ...isSocket)
  })

  it('can log in to a registry, push and pull, with their own credentials', async () => {
    const registry = await Registry.start({ users: me })
    const image = `${registry.name}/app:1`
    await output('tag', busybox, image)
    expect((await docker(['push', image])).stderr).toMatch(/no basic auth credentials|unauthorized/)
    await docker(['login', '-u', 'me', '--password-stdin', registry.name], { input: 'wrong' }).then(
      (login) => {
        expect(login.stderr).toMatch(/unauthorized/i)
      },
    )
    const login = await docker(['login', '-u', 'me', '--password-stdin', registry.name], {
      input: 'open sesame',
    })
    expect(login.stdout).toContain('Login Succeeded')
    await output('push', '-q', image)
    await output('rmi', image)
    await output('pull', '-q', image)
    await output('logout', registry.name)
    await registry.stop()
    await nothingLeft()
  })

  it('get replies to a hundred simultaneous requests', async () => {
    await output('run', '-d', '--name', 'box', busybox, 'sleep', '1000')
    const list = async () => {
      const request = http.get({ socketPath: proxy.path, path: '/containers/json', agent: false })
      const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
      return [answer.statusCode, (JSON.parse(await text(answer)) as unknown[]).length]
    }
    const answers = await Promise.all(Array.from({ length: 100 }, list))
    expect(answers).toEqual(Array.from({ length: 100 }, () => [200, 1]))
    const clients = await Promise.all(Array.from({ length: 4 }, () => output('exec', 'box', 'echo', 'hello')))
    expect(new Set(clients)).toEqual(new Set(['hello']))
    await nothingLeft()
  })

  it('can attach a hundred times simultaneously, and leave no connection behind', async () => {
    await output('run', '-di', '--name', 'box', busybox, 'cat')
    const before = await sshChannels()
    const attach = async () => {
      const stream = await connected(proxy.path)
      clients.push({ kill: () => stream.destroy() })
      const head = ['POST /containers/box/attach?stream=1&stdin=1&stdout=1 HTTP/1.1', 'Host: docker']
      stream.write([...head, 'Connection: Upgrade', 'Upgrade: tcp', '', ''].join('\r\n'))
      expect(await readUntil(stream, '\r\n\r\n')).toMatch(/^HTTP\/1.1 101 /)
      return stream
    }
    const streams = await Promise.all(Array.from({ length: 100 }, attach))
    expect([proxy.socket.connections, proxy.socket.activity.inFlight]).toEqual([100, 100])
    expect(await sshChannels()).toBeGreaterThanOrEqual(100)
    // Each client reads its own line. The output also has the lines of the other clients.
    await Promise.all(
      streams.map(async (stream, index) => {
        stream.write(`line ${String(index)} of it\n`)
        await readUntil(stream, `line ${String(index)} of it\n`)
      }),
    )
    for (const stream of streams) stream.destroy()
    await nothingLeft()
    // A client without standard input cannot end its input. The engine must also notice when such a client is killed.
    const watching = docker(['attach', '--no-stdin', 'box'])
    await eventually(() => proxy.socket.activity.inFlight).toBe(2)
    watching.kill('SIGKILL')
    await nothingLeft()
    await eventually(sshChannels).toBeLessThanOrEqual(before)
    expect(await output('ps', '--format', '{{.Names}}')).toBe('box')
  })

  it('lose their streams when the connection to the machine is lost, and leave no connection behind', async () => {
    await output('run', '-di', '--name', 'box', busybox, 'cat')
    const { link } = fixture.machine
    // The app itself follows the engine's events.
    expect(await channels()).toBeGreaterThan(0)
    const streams = [docker(['events']), docker(['logs', '-f', 'box']), docker(['attach', 'box'])]
    const waiting = docker(['wait', 'box'])
    // The number is 5 because `docker attach` has a second request, which waits for the container's end.
    await eventually(() => proxy.socket.activity.inFlight).toBe(5)
    const down = once(link, 'down')
    await link
      .exec('for p in $(pgrep -x sshd-session); do [ "$p" != "$$" ] && kill -9 "$p"; done')
      .catch(() => undefined)
    await down
    // A request waits while the link reconnects, and then gets a reply.
    expect(await output('ps', '--format', '{{.Names}}')).toBe('box')
    for (const stream of streams) await stream
    expect((await waiting).exitCode).not.toBe(0)
    await nothingLeft()
    // Only the app's own connections are left: one for events, and those that the app and the docker socket keep open
    // for their next calls.
    await eventually(channels).toBeLessThanOrEqual(1 + maxFreeSockets + 1)
  })

  /**
   * In the machine, counts the connections to the engine's socket that still have a client. After a client has left,
   * the engine keeps its end of the connection while the container prints nothing. Such a socket has one reference
   * less.
   */
  async function channels(): Promise<number> {
    const { stdout } = await fixture.machine.link.exec(
      `awk '$NF == "${engineSocketPath}" || $NF == "/run/docker.sock" { n += $6 == "03" && $2 == "00000003" } END { print n + 0 }' /proc/net/unix`,
    )
    return Number(stdout)
  }

  /**
   * Counts the open channels of the machine's SSH server. Does not count the engine's connections, because after an
   * attached client has left, the engine keeps its end of the connection while the container prints nothing.
   */
  async function sshChannels(): Promise<number> {
    const { stdout } = await fixture.machine.link.exec(
      'for p in $(pgrep -x sshd-session); do ls -l /proc/$p/fd; done | grep -c socket:',
    )
    return Number(stdout)
  }

  async function get(port: number): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${String(port)}/`)
    return response.text()
  }
})
