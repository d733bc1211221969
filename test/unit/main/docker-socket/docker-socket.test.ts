import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DockerSocket } from '../../../../src/main/docker-socket/docker-socket'
import { dockerHost, dockerSocketPath } from '../../../../src/main/docker-socket/socket-path'
import { delay } from '../../../../src/main/lib'
import { BerthError } from '../../../../src/shared/errors'
import { EngineServer } from '../../../support/engine-server'
import { connected, readUntil } from '../../../support/docker-socket'

const log = pino({ level: 'silent' })

describe('the docker socket on the host', () => {
  let folder: string
  let path: string
  let engine: EngineServer
  let socket: DockerSocket

  const socketAt = (where: string) =>
    new DockerSocket({
      path: where,
      platform: 'linux',
      log,
      openEngine: () => engine.link.openUnixSocket(),
    })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-socket-'))
    path = join(folder, 'run', 'docker.sock')
    engine = await EngineServer.listen()
    engine.json('GET /_ping', 'OK')
    socket = socketAt(path)
  })

  afterEach(async () => {
    await socket.close()
    await engine.close()
    await rm(folder, { recursive: true })
  })

  async function ping(): Promise<string> {
    const client = await connected(path)
    client.write('GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n')
    const answer = await readUntil(client, 'OK"')
    client.destroy()
    return answer
  }

  it('can be read and written only by this user', async () => {
    await socket.listen()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o700)
  })

  it('replaces the socket file of a crashed app, and removes its own file when it closes', async () => {
    await mkdir(join(folder, 'run'))
    await writeFile(path, '')
    await socket.listen()
    expect(await ping()).toMatch(/^HTTP\/1\.1 200 OK/)
    await socket.close()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    socket = socketAt(path)
    await socket.listen()
    expect(await ping()).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  it('continues to serve after a client could not be accepted', async () => {
    const createServer = vi.spyOn(http, 'createServer')
    const other = socketAt(path)
    const server = createServer.mock.results[0]?.value as http.Server
    createServer.mockRestore()
    await other.listen()
    server.emit('error', new Error('accept EMFILE'))
    expect(await ping()).toMatch(/^HTTP\/1\.1 200 OK/)
    await other.close()
  })

  describe('logs', () => {
    const lines: { level: number; msg: string; path?: string }[] = []
    const recorder = pino(
      { level: 'debug' },
      { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) },
    )
    const before: (() => Promise<void>)[] = []

    beforeEach(async () => {
      lines.length = 0
      socket = new DockerSocket({
        path,
        platform: 'linux',
        log: recorder,
        openEngine: () => engine.link.openUnixSocket(),
        beforeRequest: async () => {
          await before.shift()?.()
        },
        interceptors: [
          { method: 'POST', path: /^\/containers\/create$/, rewriteBody: (body) => body },
          { method: 'POST', path: /^\/slow$/, before: () => delay(50).then(() => undefined) },
        ],
      })
      // The engine never answers these requests.
      for (const route of ['GET /wait', 'POST /exec/e1/start']) engine.routes.set(route, () => undefined)
      await socket.listen()
    })

    const post = (target: string, ...lines: string[]) =>
      [`POST ${target} HTTP/1.1`, 'Host: docker', ...lines, '', ''].join('\r\n')
    const upgrade = ['Connection: Upgrade', 'Upgrade: tcp']

    it.each([
      ['while the engine works', 'GET /wait HTTP/1.1\r\nHost: docker\r\n\r\n', 'GET /wait'],
      [
        'in the middle of a body that Berth reads',
        post('/containers/create', 'Content-Length: 99') + '{"Im',
        undefined,
      ],
      ['while an interceptor works', post('/slow', 'Content-Length: 0'), undefined],
      [
        'before the engine has answered an upgrade',
        post('/exec/e1/start', ...upgrade),
        'POST /exec/e1/start',
      ],
      [
        'in the middle of the body of an upgrade',
        post('/exec/e1/start', ...upgrade, 'Content-Length: 99') + '{',
        undefined,
      ],
    ])('a single line at level debug if a client leaves %s', async (_when, request, reaches) => {
      const client = await connected(path)
      client.write(request)
      await expect.poll(() => socket.activity.inFlight).toBe(1)
      if (reaches !== undefined) await expect.poll(() => engine.requests).toContain(reaches)
      client.destroy()
      await expect
        .poll(() => lines)
        .toMatchObject([{ level: 20, msg: 'a docker client left before it got its answer' }])
      expect(JSON.stringify(lines)).not.toMatch(/internal|unreachable/)
    })

    it('a single line at level debug if the machine refuses a request whose client has left', async () => {
      let refuse: () => void = () => undefined
      before.push(
        () =>
          new Promise((_resolve, reject) => {
            refuse = () => {
              reject(new BerthError('machine.not-running'))
            }
          }),
      )
      const client = await connected(path)
      client.write('GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n')
      await expect.poll(() => socket.activity.inFlight).toBe(1)
      client.destroy()
      await expect.poll(() => socket.activity.inFlight).toBe(0)
      refuse()
      await expect.poll(() => lines).toMatchObject([{ level: 20 }])
    })

    it('the refusal of a request if the client waits for its answer', async () => {
      before.push(() => Promise.reject(new BerthError('machine.not-running')))
      const client = await connected(path)
      client.write('GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n')
      await readUntil(client, 'not running')
      expect(lines).toMatchObject([{ level: 30, code: 'machine.not-running', path: '/_ping' }])
      client.destroy()
    })
  })

  it('fails with a clear error if its path is too long for a socket', async () => {
    const long = join(folder, 'x'.repeat(100), 'docker.sock')
    await expect(socketAt(long).listen()).rejects.toMatchObject({
      code: 'docker.socket-path',
      params: { path: long, limit: 103 },
    })
  })

  it('fails with a clear error if a folder is at its path', async () => {
    await mkdir(path, { recursive: true })
    await expect(socket.listen()).rejects.toMatchObject({ code: 'docker.socket-failed', params: { path } })
  })
})

describe('the address of the docker socket', () => {
  const paths = { home: '/home/me/berth', socket: '/home/me/berth/run' }

  it('is a unix socket in its own folder', () => {
    expect(dockerHost(dockerSocketPath(paths, 'darwin'), 'darwin')).toBe(
      'unix:///home/me/berth/run/docker.sock',
    )
  })

  it('is a named pipe on Windows, with a name that depends on Berth’s home folder', () => {
    const path = dockerSocketPath(paths, 'win32')
    expect(path).toMatch(/^\\\\\.\\pipe\\berth-docker-[0-9a-f]{12}$/)
    expect(dockerHost(path, 'win32')).toMatch(/^npipe:\/\/\/\/\.\/pipe\/berth-docker-/)
    expect(dockerSocketPath({ ...paths, home: '/other' }, 'win32')).not.toBe(path)
  })
})
