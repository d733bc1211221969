import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DockerSocket, dockerHost, dockerSocketPath } from '../../../../src/main/host/docker-socket'

const log = pino({ level: 'silent' })

describe('the docker socket on the host', () => {
  let folder: string
  let path: string
  let engine: Server
  let socket: DockerSocket

  async function openEngine(): Promise<Socket> {
    const stream = connect({ path: join(folder, 'engine.sock'), allowHalfOpen: true })
    await once(stream, 'connect')
    return stream
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-socket-'))
    path = join(folder, 'docker.sock')
    // Answers once it has read everything: only a half-close that arrives lets it.
    engine = createServer({ allowHalfOpen: true }, (peer) => {
      peer.on('error', () => peer.destroy())
      // Not `text(peer)`: it destroys what it has read to the end.
      const request: Buffer[] = []
      peer.on('data', (piece: Buffer) => request.push(piece))
      peer.on('end', () => peer.end(`answer to ${Buffer.concat(request).toString()}`))
    })
    await new Promise<void>((resolve) => engine.listen(join(folder, 'engine.sock'), resolve))
    socket = new DockerSocket({ path, platform: 'linux', log, openEngine })
  })

  afterEach(async () => {
    await socket.close()
    engine.close()
    await rm(folder, { recursive: true })
  })

  it('carries a half-close to the engine and the whole answer back', async () => {
    await socket.listen()
    const client = connect({ path, allowHalfOpen: true })
    client.end('a question')
    expect(await text(client)).toBe('answer to a question')
  })

  it('belongs to this user alone', async () => {
    await socket.listen()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('takes the place of a file that a crashed app left behind', async () => {
    await writeFile(path, '')
    await socket.listen()
    const client = connect({ path, allowHalfOpen: true })
    client.end('hello')
    expect(await text(client)).toBe('answer to hello')
  })

  it('closes a connection that finds no engine', async () => {
    const refusing = new DockerSocket({
      path,
      platform: 'linux',
      log,
      openEngine: () => Promise.reject(new Error('the machine is down')),
    })
    await refusing.listen()
    const client = connect(path)
    expect(await text(client)).toBe('')
    await refusing.close()
    await socket.listen()
  })

  it('ends the engine’s side when the client goes away', async () => {
    await socket.listen()
    const connected = new Promise<Socket>((resolve) => engine.once('connection', resolve))
    const client = connect(path)
    client.write('x')
    const peer = await connected
    const ended = new Promise<string>((resolve) =>
      peer.once('close', () => {
        resolve('closed')
      }),
    )
    client.destroy()
    expect(await ended).toBe('closed')
  })
})

describe('its address', () => {
  const paths = { home: '/home/me/berth', run: '/home/me/berth/run' }

  it('is a unix socket in the run folder', () => {
    expect(dockerHost(dockerSocketPath(paths, 'darwin'), 'darwin')).toBe(
      'unix:///home/me/berth/run/docker.sock',
    )
  })

  it('is a pipe on Windows, named after the home folder', () => {
    const path = dockerSocketPath(paths, 'win32')
    expect(path).toMatch(/^\\\\\.\\pipe\\berth-docker-[0-9a-f]{12}$/)
    expect(dockerHost(path, 'win32')).toMatch(/^npipe:\/\/\.\/pipe\/berth-docker-/)
    expect(dockerSocketPath({ ...paths, home: '/other' }, 'win32')).not.toBe(path)
  })
})
