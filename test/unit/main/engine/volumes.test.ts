import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine/engine'
import { EngineServer } from '../../../support/engine-server'
import volumeInspect from './fixtures/volume-inspect.json'

describe('Volumes', () => {
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

  it('lists no volumes if the engine returns null', async () => {
    server.json('GET /volumes', { Volumes: null, Warnings: null })
    expect(await engine.volumes.list()).toEqual([])
  })

  it('refuses a name that is taken, although the engine would accept it', async () => {
    server.json('GET /volumes/data', volumeInspect)
    await expect(
      engine.volumes.create({ name: 'data', driver: 'local', options: {}, labels: {} }),
    ).rejects.toMatchObject({
      code: 'volume.name-taken',
      params: { volume: 'data' },
    })
    expect(server.requests).toEqual(['GET /volumes/data'])
  })

  it('names the containers that keep a volume from being removed', async () => {
    server.json('DELETE /volumes/data', { message: 'remove data: volume is in use - [4f1c]' }, 409)
    server.json('GET /containers/json', [{ Id: 'c1', Names: ['/web'], ImageID: 'i', State: 'exited' }])
    await expect(engine.volumes.remove('data')).rejects.toMatchObject({
      code: 'volume.in-use',
      params: { volume: 'data', containers: 'web' },
    })
    expect(decodeURIComponent(server.requests[1] ?? '')).toContain('filters={"volume":["data"]}')
  })

  it('prunes named volumes too', async () => {
    server.json('POST /volumes/prune', { VolumesDeleted: ['data'], SpaceReclaimed: 42 })
    expect(await engine.volumes.prune()).toEqual({ removed: ['data'], bytes: 42 })
    expect(decodeURIComponent(server.requests[0] ?? '')).toContain('filters={"all":["true"]}')
    server.json('POST /volumes/prune', { VolumesDeleted: null, SpaceReclaimed: 0 })
    expect(await engine.volumes.prune()).toEqual({ removed: [], bytes: 0 })
  })
})
