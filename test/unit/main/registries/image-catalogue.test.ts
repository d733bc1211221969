import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Credential } from '../../../../src/main/docker-cli'
import { ImageCatalogue } from '../../../../src/main/registries/image-catalogue'
import { suggestionLimit } from '../../../../src/shared/image-suggestions'
import type { Login } from '../../../../src/shared/registries'
import { silentLog } from '../../../support/fake-services'

const host = 'registry.test:5000'
const me: Credential = { username: 'me', secret: 'planted password', isToken: false }
const loggedIn = (registry: string): Login => ({ registry, username: 'me', keptIn: 'berth' })

type Handler = (request: IncomingMessage, response: ServerResponse) => void

describe('suggestions of images', () => {
  let server: Server
  let asked: string[]
  let connections: string[]
  let handle: Handler

  beforeEach(async () => {
    asked = []
    connections = []
    server = createServer((request, response) => {
      asked.push(`${request.headers.host ?? ''}${request.url ?? ''}`)
      handle(request, response)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  function answer(
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ) {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
  const lists =
    (repositories: string[], tags: Record<string, string[]> = {}): Handler =>
    ({ url = '' }, response) => {
      const [, name = ''] = /^\/v2\/(.+)\/tags\/list/.exec(url) ?? []
      if (name !== '') answer(response, 200, { name, tags: tags[name] ?? null })
      else answer(response, 200, { repositories })
    }

  function open(options: { logins?: Login[]; insecure?: string[]; mirrors?: string[]; isUp?: boolean } = {}) {
    const { logins = [], insecure = [host], mirrors = [], isUp = true } = options
    return new ImageCatalogue({
      link: {
        isUp,
        openTcp: async (name, port) => {
          connections.push(`${name}:${String(port)}`)
          const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
          await once(socket, 'connect')
          return socket
        },
      },
      logins: {
        list: () => Promise.resolve({ logins, problems: [] }),
        credential: (registry) =>
          Promise.resolve(logins.some((one) => one.registry === registry) ? me : undefined),
      },
      settings: () => ({ insecure, mirrors, certificates: [] }),
      log: silentLog,
    })
  }

  it('name the known registries, then their repositories, then the tags', async () => {
    handle = lists(['web/api', 'api', 'other'], { 'web/api': ['1.0', '2.0'] })
    const catalogue = open()
    expect(await catalogue.suggest('regis')).toMatchObject({ references: [`${host}/`] })
    const { references, state } = await catalogue.suggest(`${host}/api`)
    expect([references, state]).toEqual([[`${host}/api`, `${host}/web/api`], 'ok'])
    expect(await catalogue.suggest(`${host}/web/api:2`)).toMatchObject({
      references: [`${host}/web/api:2.0`],
    })
    expect((await catalogue.suggest(`${host}/none:`)).references).toEqual([])
  })

  it('ask a registry once for a while, and again after a change of the logins', async () => {
    handle = lists(['app'])
    const catalogue = open()
    await Promise.all([catalogue.suggest(`${host}/`), catalogue.suggest(`${host}/a`)])
    const lookups = () => asked.filter((url) => url.includes('_catalog')).length
    expect(lookups()).toBe(1)
    catalogue.forget()
    await catalogue.suggest(`${host}/`)
    expect(lookups()).toBe(2)
  })

  it.each(['docker.example/app', 'app', '', 'node:20', 'sub.registry.test:5000/x'])(
    'make no request for “%s”, which names no known registry',
    async (typed) => {
      handle = lists(['app'])
      expect(await open().suggest(typed)).toMatchObject({ references: [], state: 'ok', registry: null })
      expect(connections).toEqual([])
    },
  )

  it('make no request while the machine does not run', async () => {
    expect(await open({ isUp: false }).suggest(`${host}/`)).toMatchObject({ references: [], registry: null })
    expect(connections).toEqual([])
  })

  it('know the hosts of mirrors, and networks of insecure registries', async () => {
    handle = lists(['app'])
    const catalogue = open({ insecure: ['10.1.0.0/16'], mirrors: ['http://mirror.test:80'] })
    expect(await catalogue.suggest('10.1.2.3:5000/')).toMatchObject({ references: ['10.1.2.3:5000/app'] })
    expect(await catalogue.suggest('mirror')).toMatchObject({ references: ['mirror.test/'] })
    expect((await catalogue.suggest('10.2.2.3:5000/')).registry).toBeNull()
  })

  it('follow the pages of a long list up to a limit, and say so', async () => {
    handle = ({ url = '' }, response) => {
      const last = Number(new URL(url, 'http://x').searchParams.get('last') ?? 0)
      const repositories = Array.from({ length: 20 }, (_, index) => `app${String(last + index)}`)
      answer(
        response,
        200,
        { repositories },
        { link: `</v2/_catalog?last=${String(last + 20)}&n=20>; rel="next"` },
      )
    }
    const { references, cut } = await open().suggest(`${host}/`)
    expect([references.length, cut]).toEqual([suggestionLimit, true])
    expect(asked.filter((url) => url.includes('_catalog'))).toHaveLength(10)
  })

  it.each([
    ['404', 404, {}, 'none'],
    ['an answer that is no list', 200, { hello: 1 }, 'none'],
    ['a refusal', 403, {}, 'denied'],
    ['a fault', 500, {}, 'silent'],
  ])('end with the reason if there is no list: %s', async (_case, status, body, state) => {
    handle = (_request, response) => {
      answer(response, status, body)
    }
    expect(await open().suggest(`${host}/`)).toMatchObject({ registry: host, references: [], state })
  })

  it('send the login only to a registry that wants it', async () => {
    const basic = `Basic ${Buffer.from('me:planted password').toString('base64')}`
    const sent: (string | undefined)[] = []
    handle = ({ url = '', headers }, response) => {
      if (!url.includes('_catalog')) answer(response, 200, {})
      else {
        sent.push(headers.authorization)
        if (headers.authorization === basic) answer(response, 200, { repositories: ['private'] })
        else answer(response, 401, {}, { 'www-authenticate': 'Basic realm="test"' })
      }
    }
    expect(await open().suggest(`${host}/`)).toMatchObject({ state: 'denied' })
    const { references } = await open({ logins: [loggedIn(host)] }).suggest(`${host}/`)
    expect(references).toEqual([`${host}/private`])
    expect(sent).toEqual([undefined, undefined, basic])
  })

  it('fetch a token where the registry says, but send no password to a place without TLS', async () => {
    const realms = { trusted: `http://${host}/token`, other: 'http://evil.test/token' }
    let realm = realms.trusted
    handle = ({ url = '', headers }, response) => {
      if (url.startsWith('/token'))
        answer(response, 200, { token: headers.authorization?.startsWith('Basic ') ? 't1' : 'anonymous' })
      else if (!url.includes('_catalog')) answer(response, 200, {})
      else if (headers.authorization === 'Bearer t1') answer(response, 200, { repositories: ['app'] })
      else
        answer(
          response,
          401,
          {},
          {
            'www-authenticate': `Bearer realm="${realm}",service="test",scope="registry:catalog:*"`,
          },
        )
    }
    expect((await open({ logins: [loggedIn(host)] }).suggest(`${host}/`)).references).toEqual([`${host}/app`])
    expect(asked).toContain(`${host}/token?service=test&scope=registry%3Acatalog%3A*`)
    realm = realms.other
    expect(await open({ logins: [loggedIn(host)] }).suggest(`${host}/`)).toMatchObject({ state: 'denied' })
    expect(connections).not.toContain('evil.test:80')
  })

  it('never ask a registry without TLS unless the settings allow it', async () => {
    handle = lists(['app'])
    const catalogue = open({ insecure: [], logins: [loggedIn(host)] })
    expect(await catalogue.suggest(`${host}/`)).toMatchObject({ state: 'silent', references: [] })
    expect(asked).toEqual([])
  })

  it('show the tags of Docker Hub to a user who is logged in', async () => {
    const catalogue = open({ logins: [loggedIn('docker.io')] })
    expect(await catalogue.suggest('node')).toMatchObject({ references: [] })
    expect(connections).toEqual([])
    expect(await catalogue.suggest('node:2')).toMatchObject({ registry: 'docker.io', state: 'silent' })
    expect(connections).toEqual(['registry-1.docker.io:443'])
  })
})
