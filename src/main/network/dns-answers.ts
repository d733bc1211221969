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
import { guestNetwork } from '../lib'
import { NoAnswer, NotSupported } from './host-resolver'

/** Names by which every container can reach the host. */
const hostNames = new Set(['host.docker.internal', 'gateway.docker.internal'])
/** Seconds. */
const longestTtl = 300
/** The limit of a UDP answer when the query names none, bytes (RFC 1035, section 4.2.1). */
const plainUdpBytes = 512
const mostUdpBytes = 4096
/** The most that the two length bytes of a TCP message can express. */
const mostBytes = 65_535

/** Zero in a plain query (RFC 1035, section 4.1.1). */
const opcodeBits = 0x7800
/** Response codes (RFC 1035, section 4.1.1). */
const rcode = { formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4 } as const

export type Resolve = (question: Question) => Promise<Answer[]>

/** Undefined for anything that is not a query: it gets no reply at all. */
export function readQuery(message: Buffer): DecodedPacket | undefined {
  try {
    const packet = decode(message)
    return packet.type === 'query' ? packet : undefined
  } catch {
    return undefined
  }
}

/** The reply to a query, within the size that the transport allows. */
export async function answerQuery(
  query: DecodedPacket,
  transport: 'udp' | 'tcp',
  resolve: Resolve,
): Promise<Buffer> {
  const [question] = query.questions ?? []
  if (((query.flags ?? 0) & opcodeBits) !== 0) return response(query, rcode.notImplemented)
  if (question === undefined || query.questions?.length !== 1) return response(query, rcode.formatError)
  const { code, answers, authoritative } = await answersFor(question, resolve)
  const full = response(query, code, answers, authoritative)
  if (full.length > mostBytes) return response(query, rcode.serverFailure)
  if (transport === 'tcp' || full.length <= udpBytes(query)) return full
  // The client asks again over TCP.
  return response(query, code, [], authoritative, true)
}

interface Found {
  code: number
  answers: Answer[]
  authoritative: boolean
}

async function answersFor(question: Question, resolve: Resolve): Promise<Found> {
  const { name, type } = question
  if (hostNames.has(name.toLowerCase())) {
    const answers: Answer[] = type === 'A' ? [{ type, name, ttl: longestTtl, data: guestNetwork.host }] : []
    return { code: 0, answers, authoritative: true }
  }
  try {
    const answers = (await resolve(question)).map(bounded)
    return { code: 0, answers, authoritative: false }
  } catch (error) {
    const code =
      error instanceof NoAnswer
        ? error.exists
          ? 0
          : rcode.nameError
        : error instanceof NotSupported
          ? rcode.notImplemented
          : rcode.serverFailure
    return { code, answers: [], authoritative: false }
  }
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
