import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import { buffer } from 'node:stream/consumers'
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../src/main/lib/net'
import type { LayerProgress } from '../../src/shared/images'
import { hasDockerCli } from '../support/docker-cli'
import { EngineFixture, eventually } from '../support/engine-fixture'
import { hostFromMachine, Registry, registryUser } from '../support/registry'

async function pulled(source: AsyncIterable<LayerProgress[]>): Promise<LayerProgress[][]> {
  const states: LayerProgress[][] = []
  for await (const layers of source) states.push(layers)
  return states
}

/** Makes an image's archive with this many bytes, which do not compress. */
async function randomTar(bytes: number): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name: 'blob' }, randomBytes(bytes))
  archive.finalize()
  return buffer(archive)
}

/** A registry that answers every request the same way. */
async function refusingRegistry(status: number, code: string): Promise<{ name: string; server: Server }> {
  const server = createServer((_request, response) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'docker-distribution-api-version': 'registry/2.0',
    })
    response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { name: `${hostFromMachine}:${String((server.address() as AddressInfo).port)}`, server }
}

describe('registries', () => {
  let fixture: EngineFixture
  let registry: Registry
  const { signal } = new AbortController()

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    registry = await Registry.start()
  })
  afterEach(() => fixture.clear())
  afterAll(async () => {
    await registry.stop()
    await fixture.close()
  })

  /** Makes an image, pushes it to the registry, and removes it from the machine. */
  async function push(reference: string, bytes: number): Promise<void> {
    await fixture.engine.images.import(reference, Readable.from([await randomTar(bytes)]))
    await fixture.docker.run('push', '--quiet', reference)
    await fixture.engine.images.remove(reference, true)
  }

  it.runIf(hasDockerCli)('serve a pushed image, with the progress of each layer', async () => {
    const reference = `${registry.name}/app:1`
    await push(reference, 4_000_000)
    const states = await pulled(fixture.engine.images.pull(reference, { signal }))
    const seen = new Set(states.flat().map(({ status }) => status))
    expect(seen).toContain('extracting')
    expect(states.at(-1)).toMatchObject([{ status: 'complete' }])
    const [layer] = states.at(-1) ?? []
    expect(layer?.total).toBeGreaterThan(3_900_000)
    expect((await fixture.engine.images.get(reference)).tags).toEqual([reference])
    await eventually(() =>
      [...fixture.state.images.values()].some(({ tags }) => tags.includes(reference)),
    ).toBe(true)
    expect(await pulled(fixture.engine.images.pull(reference, { signal }))).toEqual([])
  })

  it.runIf(hasDockerCli)(
    'serve a complete pull after a cancelled pull, and the cancelled pull leaves no image',
    async () => {
      const reference = `${registry.name}/big:1`
      await push(reference, 24_000_000)
      const abort = new AbortController()
      for await (const layers of fixture.engine.images.pull(reference, { signal: abort.signal }))
        if (layers.some(({ status, current }) => status === 'downloading' && current > 0)) abort.abort()
      expect(abort.signal.aborted).toBe(true)
      expect(await fixture.engine.images.find(reference)).toBeUndefined()
      const states = await pulled(fixture.engine.images.pull(reference, { signal }))
      expect(states.at(-1)).toMatchObject([{ status: 'complete' }])
    },
  )

  it('report that an image does not exist', async () => {
    const image = `${registry.name}/nothing:here`
    await expect(pulled(fixture.engine.images.pull(image, { signal }))).rejects.toMatchObject({
      code: 'registry.no-such-image',
      params: { image },
    })
  })

  it('that require a login give another error than registries that cannot be reached', async () => {
    const guarded = await Registry.start({ users: registryUser.htpasswd })
    await expect(
      pulled(fixture.engine.images.pull(`${guarded.name}/app:1`, { signal })),
    ).rejects.toMatchObject({
      code: 'registry.denied',
    })
    await guarded.stop()
    const nobody = `${hostFromMachine}:${String(await freePort())}/app:1`
    await expect(pulled(fixture.engine.images.pull(nobody, { signal }))).rejects.toMatchObject({
      code: 'registry.unreachable',
      params: { image: nobody },
    })
  })

  it.each([
    [401, 'UNAUTHORIZED', 'registry.denied'],
    [403, 'DENIED', 'registry.denied'],
    [404, 'MANIFEST_UNKNOWN', 'registry.no-such-image'],
    [404, 'NAME_UNKNOWN', 'registry.no-such-image'],
    [500, 'UNKNOWN', 'registry.unreachable'],
  ])('that reply with %i %s give the error %s', async (status, code, expected) => {
    const { name, server } = await refusingRegistry(status, code)
    await expect(pulled(fixture.engine.images.pull(`${name}/app:1`, { signal }))).rejects.toMatchObject({
      code: expected,
    })
    server.close()
  })
})
