import type { Question } from 'dns-packet'

/** Response codes (RFC 1035, section 4.1.1). */
export const rcode = {
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const

/** Whether a question asks for records of any type. dns-packet decodes `ANY`, but its declarations lack it. */
export function isAny(type: string): boolean {
  return type === 'ANY'
}

/** A query: the decoded question, and the original bytes, which Berth can send to a name server. */
export interface DnsQuery {
  readonly question: Question
  readonly message: Buffer
  readonly transport: 'udp' | 'tcp'
}

/** The length of a message's header (RFC 1035, section 4.1.1). */
const headerBytes = 12
/** The type of EDNS's pseudo-record. Its time-to-live field contains flags (RFC 6891, section 6.1.3). */
const optType = 41

export function rcodeOf(response: Buffer): number {
  return response.readUInt16BE(2) & 0xf
}

/**
 * Whether a message is the response to a query. A server that refuses a query may omit the question. The letter case of
 * the name does not matter.
 */
export function isResponseTo(query: Buffer, response: Buffer): boolean {
  if (response.length < headerBytes || response.readUInt16BE(0) !== query.readUInt16BE(0)) return false
  if ((response.readUInt16BE(2) & 0x8000) === 0) return false
  if (response.readUInt16BE(4) === 0) return rcodeOf(response) !== 0
  try {
    return questionOf(response) === questionOf(query)
  } catch {
    return false
  }
}

/**
 * Lowers the time to live of every record to at most `longest` seconds, in place.
 * @throws RangeError if the message is malformed
 */
export function boundTtls(message: Buffer, longest: number): void {
  let offset = headerBytes
  for (let count = message.readUInt16BE(4); count > 0; count--) offset = afterName(message, offset) + 4
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10)
  for (let count = records; count > 0; count--) {
    offset = afterName(message, offset)
    const ttlOffset = offset + 4
    const ttl = message.readUInt32BE(ttlOffset)
    if (message.readUInt16BE(offset) !== optType && ttl > longest) message.writeUInt32BE(longest, ttlOffset)
    offset += 10 + message.readUInt16BE(offset + 8)
  }
  if (offset > message.length) throw new RangeError('a record extends past the end of the message')
}

/** Encodes a message for TCP: two bytes with its length, then the message. */
export function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

function questionOf(message: Buffer): string {
  const end = afterName(message, headerBytes) + 4
  if (end > message.length) throw new RangeError('the question extends past the end of the message')
  return message.toString('latin1', headerBytes, end).toLowerCase()
}

/** Returns the offset after a name. A name ends with an empty label or a pointer (RFC 1035, section 4.1.4). */
function afterName(message: Buffer, start: number): number {
  let offset = start
  for (;;) {
    const length = message.readUInt8(offset)
    if (length === 0) return offset + 1
    if (length >= 0xc0) return offset + 2
    offset += 1 + length
  }
}
