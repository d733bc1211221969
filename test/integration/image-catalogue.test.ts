import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ImageCatalogue } from '../../src/main/registries'
import type { Credential } from '../../src/main/docker-cli'
import { certificateAuthority, serverCertificate } from '../support/certificates'
import { EngineFixture } from '../support/engine-fixture'
import { silentLog } from '../support/fake-services'
import { hostFromMachine, Registry, registryUser } from '../support/registry'

const { username, password } = registryUser
const authority = certificateAuthority('Berth test')

/** Uploads an image without layers, from this computer. */
async function publish(registry: Registry, name: string, tag: string): Promise<void> {
  const isTls = registry.url.startsWith('https')
  const send = async (method: string, path: string, type: string, body: string): Promise<IncomingMessage> => {
    const url = new URL(path, registry.url)
    const options = { method, auth: `${username}:${password}`, headers: { 'content-type': type } }
    const sent = isTls
      ? httpsRequest(url, { ...options, rejectUnauthorized: false })
      : httpRequest(url, options)
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    expect(response.statusCode).toBeLessThan(300)
    return response
  }
  const config = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
  const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`
  const { headers } = await send('POST', `/v2/${name}/blobs/uploads/`, 'application/json', '')
  const target = new URL(headers.location ?? '', registry.url)
  target.searchParams.set('digest', digest)
  await send('PUT', target.pathname + target.search, 'application/octet-stream', config)
  const manifest = 'application/vnd.docker.distribution.manifest.v2+json'
  await send(
    'PUT',
    `/v2/${name}/manifests/${tag}`,
    manifest,
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifest,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: config.length, digest },
      layers: [],
    }),
  )
}

/** The registries listen on this computer. Berth asks them from inside the machine, as dockerd does. */
describe('the catalogue of a registry', () => {
  let fixture: EngineFixture
  let plain: Registry
  let secured: Registry

  beforeAll(async () => {
    fixture = await EngineFixture.open()
    plain = await Registry.start()
    secured = await Registry.start({
      users: registryUser.htpasswd,
      tls: serverCertificate(authority, hostFromMachine),
    })
    for (const registry of [plain, secured])
      for (const [name, tag] of [
        ['web', '1'],
        ['web', '2'],
        ['team/api', 'latest'],
      ] as const)
        await publish(registry, name, tag)
  })
  afterAll(async () => {
    await Promise.all([plain.stop(), secured.stop()])
    await fixture.close()
  })

  function open(options: { insecure?: string[]; pem?: string; login?: Credential } = {}): ImageCatalogue {
    const { insecure = [], pem, login } = options
    return new ImageCatalogue({
      link: fixture.machine.link,
      logins: {
        list: () =>
          Promise.resolve({ logins: [{ registry: secured.name, username, keptIn: 'berth' }], problems: [] }),
        credential: () => Promise.resolve(login),
      },
      settings: () => ({
        insecure,
        mirrors: [],
        certificates: pem === undefined ? [] : [{ name: 'test', pem }],
      }),
      log: silentLog,
    })
  }
  const login: Credential = { username, secret: password, isToken: false }

  it('suggests repositories and tags of an insecure registry', async () => {
    const catalogue = open({ insecure: [plain.name] })
    expect(await catalogue.suggest(`${plain.name}/`)).toEqual({
      registry: plain.name,
      references: [`${plain.name}/team/api`, `${plain.name}/web`],
      state: 'ok',
      cut: false,
    })
    expect((await catalogue.suggest(`${plain.name}/web:`)).references).toEqual([
      `${plain.name}/web:2`,
      `${plain.name}/web:1`,
    ])
  })

  it('needs the certificate of the settings and the login', async () => {
    const state = async (catalogue: ImageCatalogue) => (await catalogue.suggest(`${secured.name}/`)).state
    const pem = authority.certificate
    expect(await state(open({ login }))).toBe('silent')
    expect(await state(open({ pem }))).toBe('denied')
    expect(await open({ pem, login }).suggest(`${secured.name}/te`)).toMatchObject({
      references: [`${secured.name}/team/api`],
      state: 'ok',
    })
  })
})
