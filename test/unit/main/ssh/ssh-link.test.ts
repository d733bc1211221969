import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import type { ServerChannel } from 'ssh2'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { delay } from '../../../../src/main/lib'
import { SshLink, type SshLinkOptions } from '../../../../src/main/ssh/ssh-link'
import { SshServer, type SshServerOptions } from '../../../support/ssh-server'

const never = new AbortController().signal
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serverWith(options: SshServerOptions = {}): Promise<SshServer> {
  const server = await SshServer.listen(options)
  cleanups.push(() => server.close())
  return server
}

function newLink(options: Partial<SshLinkOptions> = {}): SshLink {
  const link = new SshLink({ log: pino({ level: 'silent' }), random: () => 0, ...options })
  cleanups.push(() => link.close())
  return link
}

async function connected(options: SshServerOptions = {}, linkOptions: Partial<SshLinkOptions> = {}) {
  const server = await serverWith(options)
  const link = newLink(linkOptions)
  await link.connect(server.target(), never)
  return { server, link }
}

function endsWell(_command: string, channel: ServerChannel): void {
  channel.exit(0)
  channel.end()
}

const echoServer: SshServerOptions = {
  onUnixSocket: (path) => (path === '/echo' ? (channel) => channel.pipe(channel) : 'refuse'),
}

describe('a call that is repeated right after the connection was cut', () => {
  it.each(['openUnixSocket', 'exec'] as const)(
    'waits for the next connection, so that the event loop can close the broken one: %s',
    async (name) => {
      const { link } = await connected({ ...echoServer, onExec: endsWell })
      const calls = {
        openUnixSocket: () => link.openUnixSocket('/echo'),
        exec: () => link.exec('true'),
      }
      await calls.exec()
      link.cut()
      let failures = 0
      const repeated = (async () => {
        while (failures < 100) {
          try {
            return await calls[name]()
          } catch {
            failures += 1
          }
        }
        return undefined
      })()
      expect(await repeated).toBeDefined()
      // A command may have side effects, so only its caller may repeat it.
      expect(failures).toBeLessThanOrEqual(1)
    },
  )
})

describe('connecting', () => {
  it('opens one connection, and the first command opens the second connection', async () => {
    const { server, link } = await connected({ onExec: endsWell })
    expect(link.isUp).toBe(true)
    expect(server.connectionCount).toBe(1)
    await link.exec('true')
    await vi.waitFor(() => {
      expect(server.connectionCount).toBe(2)
    })
  })

  it('fails without a retry if the server has another key than the pinned one', async () => {
    const server = await serverWith()
    const other = await serverWith()
    const link = newLink()
    await expect(
      link.connect({ ...server.target(), hostKey: other.hostKey.publicKey }, never),
    ).rejects.toMatchObject({
      code: 'machine.host-key-mismatch',
    })
    expect(link.isUp).toBe(false)
    expect(server.connectionCount).toBeLessThanOrEqual(2)
  })

  it('reports that the server refused the key', async () => {
    const server = await serverWith({ acceptsKey: false })
    await expect(newLink().connect(server.target(), never)).rejects.toMatchObject({
      code: 'machine.ssh-refused',
    })
  })

  it('keeps trying until the server listens', async () => {
    const first = await serverWith()
    const target = first.target()
    const hostKey = first.hostKey
    await first.close()
    const link = newLink()
    const connecting = link.connect(target, never)
    await serverWith({ port: target.port, hostKey })
    await connecting
    expect(link.isUp).toBe(true)
  })

  it('gives up after `connectTimeoutMs` if nothing answers', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy()
      silent.close()
      await once(silent, 'close')
    })
    const { port } = silent.address() as AddressInfo
    const link = newLink({ connectTimeoutMs: 100 })
    const target = { host: '127.0.0.1', port, username: 'root', privateKey: '', hostKey: 'ssh-ed25519 AAAA' }
    await expect(link.connect(target, never)).rejects.toMatchObject({ code: 'machine.ssh-timeout' })
  })

  it('stops when the signal aborts, and fails with the signal’s reason', async () => {
    const server = await serverWith()
    const target = server.target()
    await server.close()
    const abort = new AbortController()
    const connecting = newLink().connect(target, abort.signal)
    abort.abort(new Error('enough'))
    await expect(connecting).rejects.toThrow('enough')
  })
})

describe('a command', () => {
  it('returns its output and its exit code', async () => {
    const { link } = await connected({
      onExec: (command, channel) => {
        channel.write(`ran ${command}`)
        channel.stderr.write('warned')
        channel.exit(3)
        channel.end()
      },
    })
    expect(await link.exec('uname')).toEqual({ code: 3, stdout: 'ran uname', stderr: 'warned' })
  })

  it('gets its input, and then the end of its standard input', async () => {
    const { link } = await connected({
      onExec: (_command, channel) => {
        let input = ''
        channel.on('data', (chunk: Buffer) => {
          input += chunk.toString()
        })
        channel.on('end', () => {
          channel.write(input.toUpperCase())
          channel.exit(0)
          channel.end()
        })
      },
    })
    expect((await link.exec('upper', { input: 'abc' })).stdout).toBe('ABC')
  })

  it('fails if its connection breaks', async () => {
    const { server, link } = await connected({
      onExec: () => {
        server.dropConnections()
      },
    })
    await expect(link.exec('sleep')).rejects.toMatchObject({ code: 'machine.connection-lost' })
  })

  it('fails with the signal’s reason when the signal aborts', async () => {
    const abort = new AbortController()
    const { link } = await connected({
      onExec: () => {
        abort.abort(new Error('cancelled'))
      },
    })
    await expect(link.exec('sleep', { signal: abort.signal })).rejects.toThrow('cancelled')
  })

  it('that is a shell gets the environment of the call', async () => {
    const { link } = await connected({
      onShell: (channel, environment) => {
        channel.end(environment.LC_TEST)
      },
    })
    const shell = await link.shell({ columns: 80, rows: 24 }, { LC_TEST: 'here' })
    expect(await text(shell)).toBe('here')
  })
})

describe('a stream to a unix socket', () => {
  it('carries more bytes than an SSH window in both directions', async () => {
    const { link } = await connected(echoServer)
    const stream = await link.openUnixSocket('/echo')
    const bytes = 'x'.repeat(5_000_000)
    stream.end(bytes)
    expect((await text(stream)).length).toBe(bytes.length)
  })

  it('fails to open if nothing listens on the socket', async () => {
    const { link } = await connected(echoServer)
    await expect(link.openUnixSocket('/nothing')).rejects.toMatchObject({ code: 'engine.unreachable' })
    expect(link.isUp).toBe(true)
  })

  it('fails, instead of ending, if its connection breaks', async () => {
    const { server, link } = await connected(echoServer)
    const stream = await link.openUnixSocket('/echo')
    stream.write('something')
    await once(stream, 'data')
    const failed = once(stream, 'error')
    server.dropConnections()
    expect((await failed)[0]).toMatchObject({ code: 'machine.connection-lost' })
    expect(stream.destroyed).toBe(true)
  })

  it('fails if its connection breaks, even if nobody reads the stream', async () => {
    const { server, link } = await connected(echoServer)
    const stream = await link.openUnixSocket('/echo')
    const closed = once(stream, 'error')
    stream.write('never read')
    server.dropConnections()
    await closed
    expect(stream.closed || stream.destroyed).toBe(true)
  })

  it('is not writable after the peer has closed it', async () => {
    const { link } = await connected({
      onUnixSocket: () => (channel) => {
        channel.close()
      },
    })
    const stream = await link.openUnixSocket('/closing')
    stream.resume()
    await once(stream, 'close')
    expect(stream.writable).toBe(false)
  })

  it('closes when it is destroyed, and the link stays up', async () => {
    const { link } = await connected(echoServer)
    const stream = await link.openUnixSocket('/echo')
    stream.destroy()
    await once(stream, 'close')
    expect(link.isUp).toBe(true)
  })
})

describe('a unix socket of the machine that the link listens on', () => {
  it('passes on its connections, also after the link has reconnected', async () => {
    const server = await serverWith()
    const link = newLink()
    link.acceptUnixSocket('/run/x', (stream) => stream.pipe(stream))
    await link.connect(server.target(), never)
    const ask = async () => {
      const channel = await server.openToClient('/run/x')
      channel.end('hello')
      return text(channel)
    }
    await expect.poll(ask).toBe('hello')
    const up = once(link, 'up')
    link.cut()
    await up
    await expect.poll(ask).toBe('hello')
    await expect(server.openToClient('/run/other')).rejects.toThrow()
  })
})

describe('a broken connection', () => {
  it('makes the link emit `down` once and `up` once, and a new stream can be opened', async () => {
    const { server, link } = await connected(echoServer)
    const events: string[] = []
    link.on('down', () => events.push('down'))
    link.on('up', () => events.push('up'))
    const back = once(link, 'up')
    server.dropConnections()
    await back
    expect(events).toEqual(['down', 'up'])
    expect(link.isUp).toBe(true)
    const stream = await link.openUnixSocket('/echo')
    stream.end('again')
    expect(await text(stream)).toBe('again')
  })

  it('makes new streams wait for the new connection', async () => {
    const { server, link } = await connected(echoServer)
    const down = once(link, 'down')
    server.dropConnections()
    await down
    const streams = await Promise.all(Array.from({ length: 20 }, () => link.openUnixSocket('/echo')))
    expect(streams).toHaveLength(20)
    for (const stream of streams) stream.destroy()
  })

  it('makes a call fail that waits longer than `waitMs`', async () => {
    const { server, link } = await connected(echoServer, { waitMs: 50 })
    const down = once(link, 'down')
    await server.close()
    await down
    await expect(link.openUnixSocket('/echo')).rejects.toMatchObject({ code: 'machine.connection-lost' })
    await expect(link.exec('true')).rejects.toMatchObject({ code: 'machine.connection-lost' })
  })

  it('makes the link repeat the opening of a stream that the break interrupted', async () => {
    let requests = 0
    const { server, link } = await connected({
      onUnixSocket: () => {
        requests += 1
        if (requests > 1) return (channel) => channel.end('served')
        server.dropConnections()
        return 'silence'
      },
    })
    const stream = await link.openUnixSocket('/engine')
    expect(await text(stream)).toBe('served')
    expect(requests).toBe(2)
  })
})

describe('the link, after the host has slept,', () => {
  it('keeps a connection that answers', async () => {
    const { server, link } = await connected(echoServer)
    const stream = await link.openUnixSocket('/echo')
    await link.probe()
    expect(server.connectionCount).toBe(1)
    expect(link.isUp).toBe(true)
    stream.end('still here')
    expect(await text(stream)).toBe('still here')
  })

  it('cuts a connection that does not answer, and reconnects', async () => {
    const { server, link } = await connected(echoServer)
    server.freeze()
    const down = once(link, 'down')
    const up = down.then(() => once(link, 'up'))
    await Promise.all([link.probe(), down])
    server.thaw()
    await up
    const stream = await link.openUnixSocket('/echo')
    stream.end('again')
    expect(await text(stream)).toBe('again')
  })

  it('reconnects immediately, without the rest of the pause between two attempts', async () => {
    const { server, link } = await connected(echoServer, { random: () => 1 })
    const target = server.target()
    const down = once(link, 'down')
    const { hostKey } = server
    await server.close()
    await down
    // By now the pause between attempts is several seconds.
    await delay(1_500)
    await serverWith({ ...echoServer, port: target.port, hostKey })
    const up = once(link, 'up')
    const begin = performance.now()
    await link.probe()
    await up
    expect(performance.now() - begin).toBeLessThan(1_000)
  })
})

describe('use of the machine', () => {
  it('includes every request and every write to a stream, but no background command', async () => {
    const { link } = await connected({
      ...echoServer,
      onExec: endsWell,
    })
    let uses = 0
    link.on('use', () => (uses += 1))
    await link.exec('true', { background: true })
    expect(uses).toBe(0)
    await link.exec('true')
    expect(uses).toBe(1)
    const stream = await link.openUnixSocket('/echo')
    expect(uses).toBe(2)
    stream.end('x')
    await text(stream)
    expect(uses).toBe(3)
  })
})

describe('the commands that keep the machine awake', () => {
  it('are those in the foreground, until they end', async () => {
    const { link } = await connected({ ...echoServer, onExec: endsWell })
    const command = link.exec('true')
    expect(link.working).toBe(1)
    await command
    expect(link.working).toBe(0)
    const background = link.exec('true', { background: true })
    expect(link.working).toBe(0)
    await background
  })

  it('are those that were opened so, until their stream is closed', async () => {
    const { link } = await connected({ ...echoServer, onExec: () => undefined })
    const watch = await link.openCommand('watch')
    expect(link.working).toBe(0)
    const transfer = await link.openCommand('tar', { keepsAwake: true })
    expect(link.working).toBe(1)
    watch.destroy()
    transfer.destroy()
    await once(transfer, 'close')
    expect(link.working).toBe(0)
  })
})

describe('a closed link', () => {
  it('rejects calls, as a link does that was never connected', async () => {
    const link = newLink()
    await expect(link.exec('true')).rejects.toMatchObject({ code: 'machine.not-running' })
    const { link: closed } = await connected(echoServer)
    await closed.close()
    await expect(closed.openUnixSocket('/echo')).rejects.toMatchObject({ code: 'machine.not-running' })
  })

  it('also rejects the calls that were waiting for the link to reconnect', async () => {
    const { server, link } = await connected(echoServer)
    const down = once(link, 'down')
    await server.close()
    await down
    const waiting = link.openUnixSocket('/echo')
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'machine.not-running' }), link.close()])
  })

  it('has emitted `down`, and can connect again', async () => {
    const { server, link } = await connected(echoServer)
    const down = once(link, 'down')
    await link.close()
    await down
    expect(link.isUp).toBe(false)
    await link.connect(server.target(), never)
    expect(link.isUp).toBe(true)
  })
})
