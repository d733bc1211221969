import {
  AUTHORITATIVE_ANSWER,
  RECURSION_AVAILABLE,
  TRUNCATED_RESPONSE,
  decode,
  encode,
  type Answer,
  type DecodedPacket,
  type Question,
} from 'dns-packet'
import { guestNetwork, hostNames } from '../lib'
import { boundTtls, isAny, rcode, type DnsQuery } from './dns-message'
import { NoAnswer } from './host-resolver'
import { reversedAddress } from './hosts-file'

/** The longest time to live of an answer, in seconds. */
const longestTtl = 300
/** The size limit of a UDP answer if the query contains no limit, in bytes (RFC 1035, section 4.2.1). */
const plainUdpBytes = 512
const mostUdpBytes = 4096
/** The size limit of a TCP message, in bytes. The field for its length has two bytes. */
const mostBytes = 65_535

/** The bits of the opcode. They are zero in a standard query (RFC 1035, section 4.1.1). */
const opcodeBits = 0x7800
/**
 * Query types that transfer a whole zone. The response is a series of messages. No program in a container needs a zone
 * transfer from Berth.
 */
const transfers: string[] = ['AXFR', 'IXFR']

/** Answers a query with records, or with the whole response of a name server. */
export type Resolve = (query: DnsQuery) => Promise<Answer[] | Buffer>

/** The bytes of a query, and the decoded query. */
export interface ReceivedQuery {
  message: Buffer
  packet: DecodedPacket
}

/** Decodes a query. Returns undefined for any other message, which gets no reply. */
export function readQuery(message: Buffer): ReceivedQuery | undefined {
  try {
    const packet = decode(message)
    return packet.type === 'query' ? { message, packet } : undefined
  } catch {
    return undefined
  }
}

/** Returns the reply to a query, within the size that the transport allows. */
export async function answerQuery(
  { message, packet: query }: ReceivedQuery,
  transport: DnsQuery['transport'],
  resolve: Resolve,
): Promise<Buffer> {
  const [question] = query.questions ?? []
  if (((query.flags ?? 0) & opcodeBits) !== 0) return response(query, rcode.notImplemented)
  if (question === undefined || query.questions?.length !== 1) return response(query, rcode.formatError)
  if (transfers.includes(question.type)) return response(query, rcode.notImplemented)
  const found = await answersFor({ question, message, transport }, resolve)
  const full = Buffer.isBuffer(found)
    ? found
    : response(query, found.code, found.answers, found.authoritative)
  if (full.length > mostBytes) return response(query, rcode.serverFailure)
  if (transport === 'tcp' || full.length <= udpBytes(query)) return full
  // The truncated reply makes the client repeat its query over TCP.
  if (Buffer.isBuffer(found)) return response(query, 0, [], false, true)
  return response(query, found.code, [], found.authoritative, true)
}

interface Found {
  code: number
  answers: Answer[]
  authoritative: boolean
}

async function answersFor(query: DnsQuery, resolve: Resolve): Promise<Found | Buffer> {
  const ownAnswers = answersAboutHost(query.question)
  if (ownAnswers !== undefined) return { code: 0, answers: ownAnswers, authoritative: true }
  try {
    const answers = await resolve(query)
    if (!Buffer.isBuffer(answers)) return { code: 0, answers: answers.map(bounded), authoritative: false }
    boundTtls(answers, longestTtl)
    return answers
  } catch (error) {
    const code = error instanceof NoAnswer ? (error.exists ? 0 : rcode.nameError) : rcode.serverFailure
    return { code, answers: [], authoritative: false }
  }
}

/** Returns the records of the host's own names and address. Returns undefined for any other question. */
function answersAboutHost({ name, type, class: namespace = 'IN' }: Question): Answer[] | undefined {
  if (namespace !== 'IN') return undefined
  if (hostNames.some((hostName) => hostName === name.toLowerCase())) {
    if (type !== 'A' && !isAny(type)) return []
    return [{ type: 'A', name, ttl: longestTtl, data: guestNetwork.host }]
  }
  if (type !== 'PTR' || reversedAddress(name) !== guestNetwork.host) return undefined
  return [{ type, name, ttl: longestTtl, data: hostNames[0] }]
}

function bounded(answer: Answer): Answer {
  return 'ttl' in answer ? { ...answer, ttl: Math.min(answer.ttl ?? 0, longestTtl) } : answer
}

function udpBytes({ additionals = [] }: DecodedPacket): number {
  const edns = additionals.find((record) => record.type === 'OPT')
  const asked = edns?.type === 'OPT' ? edns.udpPayloadSize : plainUdpBytes
  return Math.min(mostUdpBytes, Math.max(plainUdpBytes, asked))
}

function response(
  query: DecodedPacket,
  code: number,
  answers: Answer[] = [],
  authoritative = false,
  truncated = false,
): Buffer {
  const recursionDesired = (query.flags ?? 0) & 0x100
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags:
      recursionDesired |
      RECURSION_AVAILABLE |
      (authoritative ? AUTHORITATIVE_ANSWER : 0) |
      (truncated ? TRUNCATED_RESPONSE : 0) |
      code,
    questions: query.questions ?? [],
    answers,
  })
}
