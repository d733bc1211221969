import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../../../src/main/engine/engine'
import { EngineServer } from '../../../support/engine-server'
import imageInspect from './fixtures/image-inspect.json'

describe('Images', () => {
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

  const conflict = {
    message:
      'conflict: unable to remove repository reference "busybox:latest" (must force) - container 4f1c is using its referenced image 1234',
  }

  it('names the containers that keep an image from being removed', async () => {
    server.json('DELETE /images/busybox', conflict, 409)
    server.json('GET /images/busybox/json', imageInspect)
    server.json('GET /containers/json', [
      { Id: 'c1', Names: ['/web'], ImageID: imageInspect.Id, State: 'running' },
      { Id: 'c2', Names: ['/other'], ImageID: 'sha256:other', State: 'running' },
      { Id: 'c3', Names: ['/db'], ImageID: imageInspect.Id, State: 'exited' },
    ])
    await expect(engine.images.remove('busybox', false)).rejects.toMatchObject({
      code: 'image.in-use',
      params: { image: 'busybox', containers: 'db, web' },
    })
  })

  it('throws the engine’s own reason if no container uses the image', async () => {
    server.json('DELETE /images/busybox', { message: 'conflict: image has dependent child images' }, 409)
    server.json('GET /images/busybox/json', imageInspect)
    server.json('GET /containers/json', [])
    await expect(engine.images.remove('busybox', false)).rejects.toMatchObject({
      code: 'engine.error',
      params: { reason: 'conflict: image has dependent child images' },
    })
  })

  it('reports an unknown image', async () => {
    server.json('DELETE /images/none', { message: 'No such image: none:latest' }, 404)
    await expect(engine.images.remove('none', true)).rejects.toMatchObject({ code: 'image.not-found' })
    server.json('GET /images/none/json', { message: 'No such image: none:latest' }, 404)
    await expect(engine.images.get('none')).rejects.toMatchObject({
      code: 'image.not-found',
      params: { image: 'none' },
    })
  })

  it('imports an archive under its name and tag', async () => {
    let received: Promise<string> | undefined
    server.routes.set('POST /images/create', (request, response) => {
      received = text(request)
      request.on('end', () => response.end('{"status":"sha256:abc"}\n'))
    })
    expect(await engine.images.import('10.0.2.2:5000/app', Readable.from(['archive']))).toEqual({
      id: 'sha256:abc',
    })
    expect(await received).toBe('archive')
    expect(server.requests).toEqual(['POST /images/create?fromSrc=-&repo=10.0.2.2%3A5000%2Fapp&tag=latest'])
  })

  it('gives the reason why an archive is invalid', async () => {
    server.routes.set('POST /images/create', (request, response) => {
      request
        .resume()
        .on('end', () => response.end('{"errorDetail":{},"error":"archive/tar: invalid tar header"}'))
    })
    await expect(engine.images.import('app', Readable.from(['no tar']))).rejects.toMatchObject({
      code: 'image.archive-invalid',
      params: { reason: 'archive/tar: invalid tar header' },
    })
  })

  it('refuses to import under a digest', async () => {
    await expect(
      engine.images.import(`app@sha256:${'a'.repeat(64)}`, Readable.from(['archive'])),
    ).rejects.toMatchObject({ code: 'image.reference-invalid' })
    expect(server.requests).toEqual([])
  })
})
