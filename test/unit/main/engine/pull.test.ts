import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineClient } from '../../../../src/main/engine/client'
import { BerthError } from '../../../../src/shared/errors'
import { pullImage } from '../../../../src/main/engine/pull'
import type { LayerProgress } from '../../../../src/shared/images'
import { EngineServer } from '../../../support/engine-server'

const route = 'POST /images/create'
/** The progress that Docker 26 sends while it pulls an image of two layers. The engine already has one layer. */
const progress = [
  { status: 'Pulling from app', id: 'latest' },
  { status: 'Already exists', progressDetail: {}, id: 'aaaaaaaaaaaa' },
  { status: 'Pulling fs layer', progressDetail: {}, id: 'bbbbbbbbbbbb' },
  {
    status: 'Downloading',
    progressDetail: { current: 50, total: 200 },
    progress: '[=>]',
    id: 'bbbbbbbbbbbb',
  },
  { status: 'Verifying Checksum', progressDetail: {}, id: 'bbbbbbbbbbbb' },
  { status: 'Download complete', progressDetail: {}, id: 'bbbbbbbbbbbb' },
  { status: 'Extracting', progressDetail: { current: 100, total: 200 }, id: 'bbbbbbbbbbbb' },
  { status: 'Pull complete', progressDetail: {}, id: 'bbbbbbbbbbbb' },
  { status: 'Digest: sha256:0000' },
  { status: 'Status: Downloaded newer image for app:latest' },
]

describe('pullImage', () => {
  let server: EngineServer
  let client: EngineClient
  const { signal } = new AbortController()

  beforeEach(async () => {
    server = await EngineServer.listen()
    client = new EngineClient(server.link)
  })
  afterEach(async () => {
    client.close()
    await server.close()
  })

  function reply(lines: object[], end = true): void {
    server.routes.set(route, (_request, response) => {
      for (const line of lines) response.write(`${JSON.stringify(line)}\r\n`)
      if (end) response.end()
    })
  }

  async function last(source: AsyncIterable<LayerProgress[]>): Promise<LayerProgress[] | undefined> {
    let layers: LayerProgress[] | undefined
    for await (const next of source) layers = next
    return layers
  }

  it('reports every layer with its progress', async () => {
    for (const [count, status, current] of [
      [4, 'downloading', 50],
      [5, 'verifying', 200],
      [7, 'extracting', 100],
      [10, 'complete', 200],
    ] as const) {
      reply(progress.slice(0, count))
      expect(await last(pullImage(client, 'app', { signal }))).toEqual([
        { id: 'aaaaaaaaaaaa', status: 'exists', current: 0, total: 0 },
        { id: 'bbbbbbbbbbbb', status, current, total: 200 },
      ])
    }
  })

  it('pulls one tag, and never all tags of a name', async () => {
    reply([])
    await last(pullImage(client, '10.0.2.2:5000/app', { signal }))
    await last(pullImage(client, 'app@sha256:' + 'a'.repeat(64), { signal }))
    expect(server.requests.map((request) => decodeURIComponent(request))).toEqual([
      `${route}?fromImage=10.0.2.2:5000/app:latest`,
      `${route}?fromImage=app@sha256:${'a'.repeat(64)}`,
    ])
  })

  it('fails with an error of the registry that arrives in the stream', async () => {
    const message = 'manifest for app:latest not found: manifest unknown'
    reply([...progress.slice(0, 2), { errorDetail: { message }, error: message }])
    await expect(last(pullImage(client, 'app', { signal }))).rejects.toMatchObject({
      code: 'registry.no-such-image',
      params: { image: 'app' },
    })
  })

  it('fails with an error of the registry that arrives instead of the stream', async () => {
    server.json(
      route,
      { message: 'Get "http://r/v2/": dial tcp 10.0.2.2:1: connect: connection refused' },
      500,
    )
    await expect(last(pullImage(client, 'r/app', { signal }))).rejects.toMatchObject({
      code: 'registry.unreachable',
    })
  })

  it('sends the login in a header and nowhere else', async () => {
    const seen: unknown[] = []
    server.routes.set(route, (request, response) => {
      seen.push(request.headers['x-registry-auth'], request.url?.includes('secret-header'))
      response.end('{}\r\n')
    })
    await last(pullImage(client, 'r.example/app', { signal, login: { header: 'secret-header' } }))
    expect(seen).toEqual(['secret-header', false])
  })

  it('fails with the problem of the login if the login could not be read and the registry denies access', async () => {
    const problem = new BerthError('login.helper-failed', { helper: 'pass', reason: 'locked' })
    server.json(route, { message: 'unauthorized: authentication required' }, 500)
    await expect(last(pullImage(client, 'r/app', { signal, login: { problem } }))).rejects.toBe(problem)
    server.json(route, { message: 'manifest unknown' }, 404)
    await expect(last(pullImage(client, 'r/app', { signal, login: { problem } }))).rejects.toMatchObject({
      code: 'registry.no-such-image',
    })
  })

  it('cancels the pull in the engine when its signal aborts, and ends without an error', async () => {
    const abort = new AbortController()
    let closed = false
    server.routes.set(route, (_request, response) => {
      response.on('close', () => (closed = true))
      response.write(`${JSON.stringify(progress[2])}\r\n`)
    })
    const source = pullImage(client, 'app', { signal: abort.signal })
    await source.next()
    abort.abort()
    expect((await source.next()).done).toBe(true)
    await expect.poll(() => closed).toBe(true)
  })

  it('fails if the connection breaks', async () => {
    reply(progress.slice(0, 4), false)
    const source = pullImage(client, 'app', { signal })
    await source.next()
    server.dropConnections()
    await expect(last(source)).rejects.toMatchObject({ code: 'engine.unreachable' })
  })
})
