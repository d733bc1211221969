import { randomBytes } from 'node:crypto'
import { decode, encode, RECURSION_DESIRED, type Answer, type Packet } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { answerQuery, readQuery, type Resolve } from '../../../../src/main/network/dns-answers'
import { NoAnswer } from '../../../../src/main/network/host-resolver'
import { queryFor, rawResponse, typeNumber } from './support'

const question = { name: 'app.test', type: 'A' as const, class: 'IN' as const }
const query = (changes: Partial<Packet> = {}): Buffer =>
  encode({ type: 'query', id: 7, flags: RECURSION_DESIRED, questions: [question], ...changes })
const addresses = (count: number, ttl = 10): Answer[] =>
  Array.from({ length: count }, (_, index) => ({
    name: 'app.test',
    type: 'A',
    ttl,
    data: `192.0.2.${String(index % 256)}`,
  }))
const nothing: Resolve = () => Promise.resolve([])

/** Returns the header bits, the code and the records of the reply. */
async function answer(message: Buffer, resolve: Resolve, transport: 'udp' | 'tcp' = 'udp') {
  const packet = readQuery(message)
  if (packet === undefined) throw new Error('not a query')
  const bytes = await answerQuery(packet, transport, resolve)
  const { id, flags = 0, flag_tc, flag_aa, flag_rd, questions, answers } = decode(bytes)
  return { id, code: flags & 0xf, flag_tc, flag_aa, flag_rd, questions, answers, length: bytes.length }
}
const edns = (udpPayloadSize: number): Partial<Packet> => ({
  additionals: [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
})

describe('a message that is not a standard query', () => {
  it('is ignored if it is truncated or is a response', () => {
    const whole = query()
    for (let length = 0; length < whole.length; length += 1)
      expect(readQuery(whole.subarray(0, length))).toBeUndefined()
    expect(readQuery(encode({ type: 'response', id: 7, questions: [question] }))).toBeUndefined()
  })

  it('is ignored if a name points to itself or past the end', () => {
    const header = query().subarray(0, 12)
    for (const name of ['c00c', 'c00d', 'cfff', '3f', '40', 'ff'])
      expect(readQuery(Buffer.concat([header, Buffer.from(`${name}00010001`, 'hex')]))).toBeUndefined()
  })

  it('never causes an exception, even if it consists of random bytes', () => {
    const read = () => {
      for (let count = 0; count < 240; count += 1) {
        const noise = randomBytes(count % 80)
        // Every second message begins like a query.
        if (count % 2 === 0) query().copy(noise, 0, 0, 12)
        readQuery(noise)
      }
    }
    expect(read).not.toThrow()
  })

  it('is answered with an error if it has no question, two questions or another opcode', async () => {
    expect(await answer(query({ questions: [] }), nothing)).toMatchObject({ code: 1 })
    expect(await answer(query({ questions: [question, question] }), nothing)).toMatchObject({ code: 1 })
    expect(await answer(query({ flags: 2 << 11 }), nothing)).toMatchObject({ code: 4 })
  })
})

describe('a query', () => {
  it('is answered with its own id and question', async () => {
    expect(await answer(query({ id: 0xbeef }), () => Promise.resolve(addresses(1)))).toMatchObject({
      id: 0xbeef,
      code: 0,
      flag_rd: true,
      flag_tc: false,
      questions: [question],
      answers: [{ name: 'app.test', type: 'A', ttl: 10, data: '192.0.2.0' }],
    })
  })

  it.each<[string, Error, number]>([
    ['a name error if there is no such name', new NoAnswer(false), 3],
    ['success without answers if the name has no such record', new NoAnswer(true), 0],
    ['a server failure if the host’s resolver fails', new Error('ESERVFAIL'), 2],
  ])('gets %s', async (_what, failure, code) => {
    expect(await answer(query(), () => Promise.reject(failure))).toMatchObject({ code, answers: [] })
  })

  it('for the host’s own names, in upper or lower case, is answered without the resolver', async () => {
    const unasked: Resolve = () => Promise.reject(new Error('asked'))
    const hostQuery = (type: 'A' | 'AAAA') =>
      query({ questions: [{ name: 'Host.Docker.Internal', type, class: 'IN' }] })
    expect(await answer(hostQuery('A'), unasked)).toMatchObject({
      code: 0,
      flag_aa: true,
      answers: [{ data: '10.0.2.2' }],
    })
    expect(await answer(hostQuery('AAAA'), unasked)).toMatchObject({ code: 0, answers: [] })
  })

  it('for the name of the host’s address is answered without the resolver', async () => {
    const unasked: Resolve = () => Promise.reject(new Error('asked'))
    expect(await answer(queryFor('2.2.0.10.in-addr.arpa', 'PTR').message, unasked)).toMatchObject({
      code: 0,
      flag_aa: true,
      answers: [{ data: 'host.docker.internal' }],
    })
  })

  it('of type ANY for the host’s own name gets the host’s address', async () => {
    const { message } = queryFor('host.docker.internal', typeNumber.ANY)
    expect(await answer(message, nothing)).toMatchObject({ answers: [{ type: 'A', data: '10.0.2.2' }] })
  })

  it('for a whole zone gets the code “not implemented”', async () => {
    for (const type of ['AXFR', 'IXFR'] as const)
      expect(await answer(queryFor('app.test', type).message, nothing, 'tcp')).toMatchObject({ code: 4 })
  })

  it('gets an answer with a short time to live, because the host may change networks', async () => {
    expect(await answer(query(), () => Promise.resolve(addresses(1, 86_400)))).toMatchObject({
      answers: [{ ttl: 300 }],
    })
  })
})

describe('a name server’s response', () => {
  const data = Buffer.from('00010000010003026832', 'hex')
  const respond =
    (code: number, ttl = 60, count = 1): Resolve =>
    ({ message }) =>
      Promise.resolve(
        rawResponse(
          message,
          code,
          Array.from({ length: count }, () => ({ type: typeNumber.HTTPS, ttl, data })),
        ),
      )
  const bytesOf = async (resolve: Resolve, transport: 'udp' | 'tcp' = 'udp') => {
    const packet = readQuery(queryFor('app.test', typeNumber.HTTPS).message)
    return packet === undefined ? undefined : await answerQuery(packet, transport, resolve)
  }

  it('is passed on unchanged, no matter which code it has', async () => {
    const { message } = queryFor('app.test', typeNumber.HTTPS)
    for (const code of [0, 2, 3, 5]) {
      const expected = rawResponse(message, code, [{ type: typeNumber.HTTPS, data }])
      expect(await bytesOf(respond(code))).toEqual(expected)
    }
  })

  it('gets a short time to live', async () => {
    const { message } = queryFor('app.test', typeNumber.HTTPS)
    const expected = rawResponse(message, 0, [{ type: typeNumber.HTTPS, ttl: 300, data }])
    expect(await bytesOf(respond(0, 86_400))).toEqual(expected)
  })

  it('is replaced by a truncated answer if it is too long for the client’s packets', async () => {
    const { message } = queryFor('app.test', typeNumber.HTTPS)
    expect(await answer(message, respond(0, 60, 40))).toMatchObject({ code: 0, flag_tc: true, answers: [] })
    expect((await answer(message, respond(0, 60, 40), 'tcp')).answers).toHaveLength(40)
  })

  it('becomes a server failure if it is malformed', async () => {
    const cut: Resolve = async (query) => {
      const whole = await respond(0)(query)
      return Buffer.isBuffer(whole) ? whole.subarray(0, whole.length - 4) : whole
    }
    expect(await answer(queryFor('app.test', typeNumber.HTTPS).message, cut)).toMatchObject({ code: 2 })
  })
})

describe('an answer', () => {
  const many: Resolve = () => Promise.resolve(addresses(60))

  it('is truncated if it is too long for a packet, so that the client uses TCP', async () => {
    const cut = await answer(query(), many)
    expect(cut).toMatchObject({ code: 0, flag_tc: true, answers: [], questions: [question] })
    expect(cut.length).toBeLessThanOrEqual(512)
    expect(await answer(query(), many, 'tcp')).toMatchObject({ flag_tc: false })
    expect((await answer(query(), many, 'tcp')).answers).toHaveLength(60)
  })

  it('may be as long as the client accepts, between 512 and 4096 bytes', async () => {
    expect((await answer(query(edns(4096)), many)).answers).toHaveLength(60)
    expect(await answer(query(edns(65_535)), () => Promise.resolve(addresses(200)))).toMatchObject({
      flag_tc: true,
    })
    expect((await answer(query(edns(16)), () => Promise.resolve(addresses(15)))).answers).toHaveLength(15)
  })

  it('becomes a server failure if it does not fit into any message', async () => {
    const endless: Resolve = () => Promise.resolve(addresses(3_000))
    expect(await answer(query(), endless, 'tcp')).toMatchObject({ code: 2, answers: [] })
    expect(await answer(query(), endless)).toMatchObject({ code: 2, answers: [] })
  })
})
