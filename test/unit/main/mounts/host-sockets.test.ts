import { EventEmitter, once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { berthPaths } from '../../../../src/main/host/berth-files'
import { listen } from '../../../../src/main/lib'
import { HostSockets } from '../../../../src/main/mounts/host-sockets'
import { connectTo } from '../../../../src/main/mounts/relayed-connection'

let folder: string
let servers: Server[]
/** The lists of sockets that Berth has sent to the machine. */
let lists: string[]
let warnings: string[]
let errno: number
/** The function that Berth registers for the machine's connections. The tests call it as sshd would. */
let accept: (stream: Duplex) => void
let link: EventEmitter & {
  acceptUnixSocket: (path: string, onStream: (stream: Duplex) => void) => void
  openUnixSocket: () => Promise<Duplex>
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-sockets-'))
  await mkdir(join(folder, 'machine'))
  servers = []
  lists = []
  warnings = []
  errno = 0
  link = Object.assign(new EventEmitter(), {
    acceptUnixSocket: (_path: string, onStream: (stream: Duplex) => void) => {
      accept = onStream
    },
    openUnixSocket: async () => {
      const [near, far] = await pair()
      void received(far).then((list) => {
        lists.push(list)
        far.end(`${errno}\n`.repeat(list.split('\0').length - 2))
      })
      return near
    },
  })
})
afterEach(async () => {
  for (const server of servers) server.close()
  await rm(folder, { recursive: true })
})

/** Reads a stream to its end. Unlike `text`, this function leaves the other direction open. */
async function received(socket: Socket): Promise<string> {
  let all = ''
  socket.on('data', (chunk: Buffer) => (all += chunk.toString()))
  await once(socket, 'end')
  return all
}

/** Returns two ends of a connection that can be half closed. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true })
  const port = await listen(server, { port: 0, host: '127.0.0.1' })
  const near = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [far] = (await once(server, 'connection')) as [Socket]
  server.close()
  return [near, far]
}

/** Starts a program on this computer that answers when its client has finished sending. */
async function program(name: string): Promise<string> {
  const path = join(folder, name)
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void received(socket).then((question) => socket.end(`${name}: ${question}`))
  })
  servers.push(server)
  await listen(server, { path })
  return path
}

function hostSockets(env: Record<string, string> = {}, platform: NodeJS.Platform = 'linux'): HostSockets {
  const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) })
  const paths = berthPaths({ BERTH_HOME: folder }, 'linux')
  return new HostSockets({ link: link as never, paths, log, env, platform })
}

/** Returns the bytes that a container reads from this socket of the machine. */
async function ask(place: string, question: string): Promise<string> {
  const [container, sshd] = await pair()
  accept(sshd)
  const size = Buffer.alloc(2)
  size.writeUInt16LE(Buffer.byteLength(place))
  container.write(size.subarray(0, 1))
  container.end(Buffer.concat([size.subarray(1), Buffer.from(`${place}${question}`)]))
  return text(container)
}

describe('a socket of this computer', () => {
  it('is announced to the machine, and answers a container in the machine', async () => {
    const sockets = hostSockets()
    const path = await program('a.sock')
    expect(await sockets.offer(path, '/in/machine')).toBe(true)
    expect(lists).toEqual(['/in/machine\0\0'])
    expect(await ask('/in/machine', 'hello')).toBe('a.sock: hello')
  })

  it('inside a mounted folder has the number of its node as its name', async () => {
    const sockets = hostSockets()
    sockets.on('in-folder', (stream, node) => void stream.end(`node ${node}`))
    expect(await ask('4294967297', 'hello')).toBe('node 4294967297')
  })

  it('cannot be reached by a container if no bind mount has named it', async () => {
    hostSockets()
    const path = await program('a.sock')
    expect(await ask(path, 'hello')).toBe('')
    expect(warnings.join()).toContain('no bind mount has named')
  })

  it.each(['the socket', 'its folder'])(
    'is not used if a symbolic link that leads to another socket has replaced %s',
    async (what) => {
      await mkdir(join(folder, 'shared'))
      await mkdir(join(folder, 'private'))
      const path = await program('shared/a.sock')
      const other = await program('private/a.sock')
      const sockets = hostSockets()
      await sockets.offer(path, '/in/machine')
      if (what === 'the socket') {
        await rm(path)
        await symlink(other, path)
      } else {
        await rename(join(folder, 'shared'), join(folder, 'away'))
        await symlink('private', join(folder, 'shared'))
      }
      expect(await ask('/in/machine', 'hello')).toBe('')
      expect(warnings.join()).toMatch(/symbolic link|ELOOP|ENOTSUP|ECONNREFUSED/)
    },
  )

  it('is not used if its path is too long for the address of a socket', async () => {
    await expect(connectTo(`${folder}/${'x'.repeat(103)}`)).rejects.toThrow('longer than 103 bytes')
  })

  it('is not offered if the path is a folder or does not exist', async () => {
    const sockets = hostSockets()
    expect(await sockets.offer(folder, '/x')).toBe(false)
    expect(await sockets.offer(join(folder, 'none'), '/x')).toBe(false)
    expect(lists).toEqual([])
  })

  it('is reported as missing if its path does not exist and looks like the path of a socket', async () => {
    const agent = join(folder, 'any name')
    const sockets = hostSockets({ SSH_AUTH_SOCK: agent })
    for (const path of [join(folder, 'x.sock'), '/tmp/ssh-abc/agent.123', agent])
      await expect(sockets.offer(path, '/x')).rejects.toMatchObject({ code: 'mounts.socket-missing' })
  })

  it('is remembered for the next start of Berth, and is announced again whenever the machine connects', async () => {
    const path = await program('a.sock')
    await hostSockets().offer(path, '/in/machine')
    hostSockets()
    link.emit('up')
    await expect.poll(() => lists).toContain('/in/machine\0\0')
    expect(await ask('/in/machine', 'again')).toBe('a.sock: again')
  })

  it('is refused with the reason if the machine cannot listen for it', async () => {
    errno = 98
    await expect(hostSockets().offer(await program('a.sock'), '/x')).rejects.toMatchObject({
      code: 'mounts.socket-failed',
      params: { reason: 'errno 98' },
    })
  })

  it('prevents the start of a container that mounts the socket if the socket no longer exists', async () => {
    const sockets = hostSockets()
    const path = await program('a.sock')
    await sockets.offer(path, '/in/machine')
    await sockets.refuseMissing(() => Promise.resolve(['/in/machine']))
    await rm(path)
    await sockets.refuseMissing(() => Promise.resolve(['/other']))
    await expect(sockets.refuseMissing(() => Promise.resolve(['/in/machine']))).rejects.toMatchObject({
      code: 'mounts.socket-missing',
    })
  })
})

describe('the ssh-agent', () => {
  const wellKnown = '/run/host-services/ssh-auth.sock'

  it('answers at the path that other products use, once a bind mount has named this path', async () => {
    const env = { SSH_AUTH_SOCK: await program('agent') }
    const sockets = hostSockets(env)
    expect(await ask(wellKnown, 'x')).toBe('')
    expect(sockets.isAgent(wellKnown)).toBe(true)
    expect(await sockets.offerAgent()).toBe(wellKnown)
    expect(await ask(wellKnown, 'x')).toBe('agent: x')
  })

  it('is the current agent, even for a container that has mounted the agent of an earlier login', async () => {
    const env = { SSH_AUTH_SOCK: await program('old-agent') }
    const sockets = hostSockets(env)
    await sockets.offer(env.SSH_AUTH_SOCK, '/tmp/ssh/agent.1')
    env.SSH_AUTH_SOCK = await program('new-agent')
    await rm(join(folder, 'old-agent'))
    await sockets.refuseMissing(() => Promise.resolve(['/tmp/ssh/agent.1']))
    expect(await ask('/tmp/ssh/agent.1', 'x')).toBe('new-agent: x')
  })

  it('cannot be reached if this computer has no ssh-agent, and Berth logs the reason', async () => {
    const sockets = hostSockets({})
    await sockets.offerAgent()
    expect(await ask(wellKnown, 'x')).toBe('')
    expect(warnings.join()).toContain('SSH_AUTH_SOCK is not set')
  })

  it('is a named pipe on Windows', () => {
    const sockets = hostSockets({}, 'win32')
    for (const path of ['\\\\.\\pipe\\openssh-ssh-agent', '//./pipe/openssh-ssh-agent'])
      expect(sockets.isAgent(path)).toBe(true)
    expect(hostSockets().isAgent('//./pipe/openssh-ssh-agent')).toBe(false)
  })
})
