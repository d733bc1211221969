import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode, type Answer, type RecordType } from 'dns-packet'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rcodeOf } from '../../../../src/main/network/dns-message'
import { DnsServer } from '../../../../src/main/network/dns-server'
import type { HostLookup } from '../../../../src/main/network/lookup-queue'
import { NoAnswer, resolveOnHost } from '../../../../src/main/network/host-resolver'
import { silentLog } from '../../../support/fake-services'
import { queryFor, rawResponse, typeNumber } from './support'

const failed = (code: string) => Object.assign(new Error(code), { code })
/** A lookup that returns these addresses for each family, or fails with this code. */
function host(four: string[] | string, six: string[] | string): HostLookup {
  return (_name, family) => {
    const found = family === 4 ? four : six
    return typeof found === 'string' ? Promise.reject(failed(found)) : Promise.resolve(found)
  }
}
const unknown = host('ENOTFOUND', 'ENOTFOUND')
const notAsked: HostLookup = () => Promise.reject(new Error('the host itself was asked'))

let folder: string
let hostsFile: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-resolver-'))
  hostsFile = join(folder, 'hosts')
  await writeFile(hostsFile, '192.0.2.9 db.local db\n2001:db8::9 db.local\n')
})
afterAll(() => rm(folder, { recursive: true }))

const addresses = (found: Answer[] | Buffer) =>
  Buffer.isBuffer(found) ? [] : found.map((answer) => ('data' in answer ? answer.data : undefined))

describe('a name that the host looks up', () => {
  const ask = (type: RecordType, lookUp: HostLookup) =>
    resolveOnHost(queryFor('a.test', type), { servers: [], lookUp, hostServers: () => [], hostsFile })

  it('has the addresses of the requested family', async () => {
    const lookUp = host(['192.0.2.1', '192.0.2.2'], ['2001:db8::1'])
    expect(addresses(await ask('A', lookUp))).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(await ask('AAAA', lookUp)).toEqual([
      { type: 'AAAA', name: 'a.test', ttl: 10, data: '2001:db8::1' },
    ])
  })

  it('exists even if it has no address of the requested family', async () => {
    await expect(ask('AAAA', host(['192.0.2.1'], 'ENOTFOUND'))).rejects.toMatchObject({ exists: true })
    await expect(ask('A', host([], 'ENOTFOUND'))).rejects.toMatchObject({ exists: true })
  })

  it('does not exist if the host finds it for neither address family', async () => {
    const asked = ask('A', unknown)
    await expect(asked).rejects.toBeInstanceOf(NoAnswer)
    await expect(asked).rejects.toMatchObject({ exists: false })
  })

  it('does not count as missing if the host’s resolver fails', async () => {
    for (const lookUp of [host('EAI_AGAIN', 'ENOTFOUND'), host('ENOTFOUND', 'EAI_AGAIN')])
      await expect(ask('A', lookUp)).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  })
})

interface Asked {
  lookUp?: HostLookup
  servers?: string[]
  transport?: 'udp' | 'tcp'
}

describe('records that are not addresses', () => {
  let server: DnsServer
  const asked: string[] = []
  const data = Buffer.from('00010000010003026832', 'hex')
  const types = [15, 16, 33, 257, ...Object.values(typeNumber), 4711, 65_280]

  /**
   * The server does not know `none.test`, `db.local` or any name below `arpa`. It fails for `broken.test`. It has
   * records of any type for other names.
   */
  beforeEach(async () => {
    asked.length = 0
    server = await DnsServer.listen(({ question: { name }, message, transport }) => {
      const type = message.readUInt16BE(message.length - 4)
      asked.push(`${transport} ${name} ${String(type)}`)
      if (name === 'broken.test') return Promise.reject(new Error('broken'))
      if (name === 'none.test' || name === 'db.local' || name.endsWith('.arpa'))
        return Promise.resolve(rawResponse(message, 3))
      return Promise.resolve(rawResponse(message, 0, [{ type, data }]))
    }, silentLog)
  })
  afterEach(() => server.close())

  const list = () => [`127.0.0.1:${String(server.port)}`]
  const ask = (
    name: string,
    type: RecordType | number,
    { lookUp = unknown, servers = [], transport = 'udp' }: Asked = {},
  ) => resolveOnHost(queryFor(name, type, transport), { servers, lookUp, hostServers: list, hostsFile })
  const code = async (response: ReturnType<typeof ask>) => {
    const found = await response
    return Buffer.isBuffer(found) ? rcodeOf(found) : found
  }

  it.each(types)('of type %i come from a name server, unchanged', async (type) => {
    for (const transport of ['udp', 'tcp'] as const) {
      const query = queryFor('a.test', type)
      expect(await ask('a.test', type, { transport, lookUp: notAsked })).toEqual(
        rawResponse(query.message, 0, [{ type, data }]),
      )
    }
    expect(asked).toEqual([`udp a.test ${String(type)}`, `tcp a.test ${String(type)}`])
  })

  it('are an empty answer, not “no such name”, for a name that only the host knows', async () => {
    for (const lookUp of [host(['192.0.2.9'], 'ENOTFOUND'), host('ENOTFOUND', ['2001:db8::9'])])
      for (const type of ['MX', 'TXT', typeNumber.HTTPS] as const)
        expect(await ask('db.local', type, { lookUp })).toEqual([])
  })

  it('of type ANY are the addresses if only the host knows the name', async () => {
    const lookUp = host(['192.0.2.9'], ['2001:db8::9'])
    expect(addresses(await ask('db.local', 'ANY' as RecordType, { lookUp }))).toEqual([
      '192.0.2.9',
      '2001:db8::9',
    ])
  })

  it('are “no such name” if the host cannot find the name either, or cannot look it up', async () => {
    expect(await code(ask('none.test', 'MX'))).toBe(3)
    expect(await code(ask('none.test', 'MX', { lookUp: host('EAI_AGAIN', 'EAI_AGAIN') }))).toBe(3)
  })

  it('of type PTR come from the hosts file, without a name server, if the file contains the address', async () => {
    const six = '9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'
    for (const name of ['9.2.0.192.in-addr.arpa', six])
      expect(addresses(await ask(name, 'PTR'))).toEqual(['db.local'])
    expect(asked).toEqual([])
    expect(await code(ask('8.2.0.192.in-addr.arpa', 'PTR'))).toBe(3)
  })

  it('come only from the servers in the settings if there are any, and so do addresses', async () => {
    const servers = list()
    for (const type of ['A', 'AAAA', 'MX'] as const) {
      const found = await ask('a.test', type, { servers, lookUp: notAsked })
      expect(Buffer.isBuffer(found) && decode(found).questions).toMatchObject([{ type }])
    }
    expect(await code(ask('db.local', 'MX', { servers, lookUp: notAsked }))).toBe(3)
    expect(await code(ask('broken.test', 'A', { servers, lookUp: notAsked }))).toBe(2)
  })
})
