import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine/engine'
import { answer, EngineServer } from '../../../support/engine-server'

describe('a container', () => {
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

  it('becomes an image with a tag, a message and changes', async () => {
    let query: URLSearchParams | undefined
    server.routes.set('POST /commit', (_request, response, url) => {
      query = url.searchParams
      answer(response, 201, { Id: 'sha256:new' })
    })
    const request = {
      reference: 'host:5000/me/web',
      message: 'a & b',
      author: '',
      changes: ['ENV A=b c', 'USER x'],
    }
    expect(await engine.containers.commit('web', { ...request, pause: false })).toEqual({
      imageId: 'sha256:new',
    })
    expect(Object.fromEntries(query ?? [])).toEqual({
      container: 'web',
      repo: 'host:5000/me/web',
      tag: 'latest',
      comment: 'a & b',
      changes: 'ENV A=b c\nUSER x',
      pause: 'false',
    })
  })

  it('that is stopped has a size, which the engine leaves out if it is zero', async () => {
    server.json('GET /containers/json', [
      { Id: 'a'.repeat(64), Names: ['/web'], SizeRw: 5 },
      { Id: 'b'.repeat(64), Names: null },
    ])
    expect(await engine.containers.stopped()).toEqual([
      { id: 'a'.repeat(64), name: 'web', bytes: 5 },
      { id: 'b'.repeat(64), name: 'b'.repeat(12), bytes: 0 },
    ])
    const url = new URL(server.requests[0]?.replace('GET ', '') ?? '', 'http://engine')
    expect(url.searchParams.get('filters')).toBe('{"status":["created","exited","dead"]}')
    expect(url.searchParams.get('size')).toBe('true')
  })

  it('cannot have the name of another container', async () => {
    server.json(
      'POST /containers/web/rename',
      {
        message:
          'Conflict. The container name "/db" is already in use by container "c1". You have to remove (or rename) that container to be able to reuse that name.',
      },
      409,
    )
    await expect(engine.containers.rename('web', 'db')).rejects.toMatchObject({
      code: 'container.name-taken',
      params: { name: 'db' },
    })
    expect(server.requests).toEqual(['POST /containers/web/rename?name=db'])
  })
})
