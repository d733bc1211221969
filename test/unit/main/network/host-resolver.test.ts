import type { Answer, Question } from 'dns-packet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DnsServer } from '../../../../src/main/network/dns-server'
import type { HostLookup } from '../../../../src/main/network/lookup-queue'
import { NoAnswer, NotSupported, resolveOnHost } from '../../../../src/main/network/host-resolver'
import { silentLog } from '../../../support/fake-services'

const failed = (code: string) => Object.assign(new Error(code), { code })
/** A lookup with the addresses of each family, or with the code of its failure. */
function host(four: string[] | string, six: string[] | string): HostLookup {
  return (_name, family) => {
    const found = family === 4 ? four : six
    return typeof found === 'string' ? Promise.reject(failed(found)) : Promise.resolve(found)
  }
}
const addresses = (answers: Answer[]) => answers.map((answer) => ('data' in answer ? answer.data : undefined))

describe('a name that the host resolves', () => {
  it('has the addresses of the requested family', async () => {
    const lookUp = host(['192.0.2.1', '192.0.2.2'], ['2001:db8::1'])
    expect(addresses(await resolveOnHost('a.test', 'A', [], lookUp))).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(await resolveOnHost('a.test', 'AAAA', [], lookUp)).toEqual([
      { type: 'AAAA', name: 'a.test', ttl: 10, data: '2001:db8::1' },
    ])
  })

  it('exists when it has an address of the other family only', async () => {
    const asked = resolveOnHost('a.test', 'AAAA', [], host(['192.0.2.1'], 'ENOTFOUND'))
    await expect(asked).rejects.toMatchObject({ exists: true })
    await expect(resolveOnHost('a.test', 'A', [], host([], 'ENOTFOUND'))).rejects.toMatchObject({
      exists: true,
    })
  })

  it('does not exist when it has none at all', async () => {
    const asked = resolveOnHost('a.test', 'A', [], host('ENOTFOUND', 'ENOTFOUND'))
    await expect(asked).rejects.toBeInstanceOf(NoAnswer)
    await expect(asked).rejects.toMatchObject({ exists: false })
  })

  it('does not count as missing when the host’s resolver fails', async () => {
    for (const lookUp of [host('EAI_AGAIN', 'ENOTFOUND'), host('ENOTFOUND', 'EAI_AGAIN')]) {
      const asked = resolveOnHost('a.test', 'A', [], lookUp)
      await expect(asked).rejects.toMatchObject({ code: 'EAI_AGAIN' })
    }
  })
})

describe('a name that other servers resolve', () => {
  let server: DnsServer
  const questions: string[] = []
  const records: Record<string, Answer> = {
    A: { type: 'A', name: 'a.test', ttl: 77, data: '192.0.2.1' },
    AAAA: { type: 'AAAA', name: 'a.test', ttl: 78, data: '2001:db8::1' },
    MX: { type: 'MX', name: 'a.test', ttl: 10, data: { preference: 5, exchange: 'mail.test' } },
    TXT: { type: 'TXT', name: 'a.test', ttl: 10, data: ['one', 'two'] },
    CNAME: { type: 'CNAME', name: 'a.test', ttl: 10, data: 'b.test' },
    NS: { type: 'NS', name: 'a.test', ttl: 10, data: 'ns.test' },
    PTR: { type: 'PTR', name: 'a.test', ttl: 10, data: 'b.test' },
    SRV: {
      type: 'SRV',
      name: 'a.test',
      ttl: 10,
      data: { target: 'b.test', port: 80, priority: 1, weight: 2 },
    },
    SOA: {
      type: 'SOA',
      name: 'a.test',
      ttl: 10,
      data: { mname: 'ns.test', rname: 'me.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
    },
    CAA: {
      type: 'CAA',
      name: 'a.test',
      ttl: 10,
      data: { flags: 128, tag: 'issue', value: 'ca.test', issuerCritical: true },
    },
  }
  const notAsked: HostLookup = () => Promise.reject(new Error('the host itself was asked'))
  const servers = () => [`127.0.0.1:${String(server.port)}`]

  beforeEach(async () => {
    questions.length = 0
    server = await DnsServer.listen(({ name, type }: Question) => {
      questions.push(`${name} ${type}`)
      const record = records[type]
      if (name === 'none.test') return Promise.reject(new NoAnswer(false))
      if (name === 'empty.test') return Promise.reject(new NoAnswer(true))
      if (name === 'broken.test' || record === undefined) return Promise.reject(new Error('broken'))
      // Encoding turns strings into bytes in place.
      return Promise.resolve([structuredClone(record)])
    }, silentLog)
  })
  afterEach(() => server.close())

  it.each(Object.values(records))('has the servers’ $type record', async (record) => {
    expect(await resolveOnHost('a.test', record.type, servers(), notAsked)).toEqual([
      expect.objectContaining({ ...record, ttl: expect.any(Number) as number }),
    ])
    expect(questions).toEqual([`a.test ${record.type}`])
  })

  it('keeps the time to live of an address', async () => {
    expect(await resolveOnHost('a.test', 'A', servers(), notAsked)).toMatchObject([{ ttl: 77 }])
  })

  it('may not exist, may have no such record, or cannot be resolved', async () => {
    const ask = (name: string) => resolveOnHost(name, 'A', servers(), notAsked)
    await expect(ask('none.test')).rejects.toMatchObject({ exists: false })
    await expect(ask('empty.test')).rejects.toMatchObject({ exists: true })
    await expect(ask('broken.test')).rejects.toMatchObject({ code: 'ESERVFAIL' })
  })

  it('cannot be resolved for a type that Node’s resolver does not know', async () => {
    await expect(resolveOnHost('a.test', 'HINFO', servers(), notAsked)).rejects.toBeInstanceOf(NotSupported)
  })
})
