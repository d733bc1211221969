import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine/engine'
import { EngineServer } from '../../../support/engine-server'

const id = 'a'.repeat(64)
const running = { Running: true, Paused: false, Pid: 42 }

describe('the first process of a container', () => {
  let server: EngineServer
  let engine: Engine

  beforeEach(async () => {
    server = await EngineServer.listen()
    engine = new Engine({ link: server.link })
  })
  afterEach(async () => {
    engine.close()
    await server.close()
  })

  it('has the environment, user and folder of the container', async () => {
    const Config = { Env: ['A=1'], User: 'app', WorkingDir: '/srv' }
    server.json('GET /containers/web/json', { Id: id, State: running, Config })
    const expected = { id, pid: 42, environment: ['A=1'], user: 'app', folder: '/srv' }
    expect(await engine.containers.process('web')).toEqual(expected)
  })

  it('is root in the root folder if the container says nothing else', async () => {
    server.json('GET /containers/web/json', {
      Id: id,
      State: running,
      Config: { User: '', WorkingDir: null },
    })
    expect(await engine.containers.process('web')).toMatchObject({
      environment: [],
      user: 'root',
      folder: '/',
    })
  })

  it.each([
    ['container.paused', { ...running, Paused: true }],
    ['container.not-running', { Running: false, Paused: false, Pid: 0 }],
  ])('fails with %s', async (code, State) => {
    server.json('GET /containers/web/json', { Id: id, State, Config: {} })
    await expect(engine.containers.process('web')).rejects.toMatchObject({
      code,
      params: { container: 'web' },
    })
  })
})
