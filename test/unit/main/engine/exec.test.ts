import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine/engine'
import { answer, EngineServer } from '../../../support/engine-server'

const create = 'POST /containers/c1/exec'

describe('exec', () => {
  let server: EngineServer
  let engine: Engine

  beforeEach(async () => {
    server = await EngineServer.listen()
    engine = new Engine({ link: server.link })
    server.json(create, { Id: 'e1' }, 201)
    server.server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
      socket.on('data', () => socket.end('bye'))
    })
  })
  afterEach(async () => {
    engine.close()
    await server.close()
  })

  function shell() {
    return engine.containers.exec('c1', { command: ['sh'], tty: true, size: { columns: 80, rows: 24 } })
  }

  it('has no exit code while the process runs', async () => {
    const process = await shell()
    server.json('GET /exec/e1/json', { Running: true, ExitCode: null, Pid: 42 })
    expect(await process.exitCode()).toBeNull()
    expect(await process.pid()).toBe(42)
    process.stream.destroy()
  })

  it('waits for the exit code, which follows a moment after the end of the output', async () => {
    const process = await shell()
    let asked = 0
    server.json('GET /exec/e1/json', () =>
      ++asked < 3 ? { Running: true, ExitCode: null, Pid: 42 } : { Running: false, ExitCode: 7, Pid: 0 },
    )
    process.stream.resume().write('exit\n')
    await once(process.stream, 'end')
    expect(await process.exitCode()).toBe(7)
    expect(asked).toBe(3)
  })

  it.each([
    ['has detach keys that nobody types by accident', undefined, /^ctrl-@,ctrl-\^,(?:ctrl-[@_^\]\\],?){14}$/],
    ['has the detach keys of the user', 'ctrl-p,ctrl-q', /^ctrl-p,ctrl-q$/],
  ])('%s', async (_, detachKeys, expected) => {
    let body = ''
    server.routes.set(create, (request, response) => {
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        answer(response, 201, { Id: 'e1' })
      })
    })
    const process = await engine.containers.exec('c1', {
      command: ['sh'],
      tty: true,
      ...(detachKeys === undefined ? {} : { detachKeys }),
    })
    expect(JSON.parse(body)).toMatchObject({ DetachKeys: expect.stringMatching(expected) as string })
    process.stream.destroy()
  })

  it('has the chosen user and folder, and those of the container by default', async () => {
    const bodies: unknown[] = []
    server.routes.set(create, (request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        bodies.push(JSON.parse(body))
        answer(response, 201, { Id: 'e1' })
      })
    })
    for (const choice of [{ user: 'app:staff', folder: '/srv' }, {}]) {
      const process = await engine.containers.exec('c1', { command: ['sh'], tty: true, ...choice })
      process.stream.destroy()
    }
    expect(bodies[0]).toMatchObject({ User: 'app:staff', WorkingDir: '/srv' })
    expect(bodies[1]).not.toHaveProperty('User')
    expect(bodies[1]).not.toHaveProperty('WorkingDir')
  })

  it('sends a new size of the terminal to the engine', async () => {
    const process = await shell()
    server.json('POST /exec/e1/resize', undefined, 200)
    await process.resize({ columns: 132, rows: 43 })
    expect(server.requests.at(-1)).toBe('POST /exec/e1/resize?h=43&w=132')
    process.stream.destroy()
  })

  it('is refused in a container that does not run', async () => {
    server.json(create, { message: 'container c1 is not running' }, 409)
    await expect(shell()).rejects.toMatchObject({
      code: 'container.not-running',
      params: { container: 'c1' },
    })
  })
})
