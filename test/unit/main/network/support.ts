import { RECURSION_DESIRED, encode, type RecordType } from 'dns-packet'
import type { DnsQuery } from '../../../../src/main/network/dns-message'

/** The numbers of some record types that dns-packet does not name. */
export const typeNumber = {
  HINFO: 13,
  NAPTR: 35,
  DS: 43,
  DNSKEY: 48,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  ANY: 255,
}

/** Creates a query in the form that a client sends. A type may be a number. */
export function queryFor(
  name: string,
  type: RecordType | number,
  transport: 'udp' | 'tcp' = 'udp',
  id = 7,
): DnsQuery {
  const typeName = (typeof type === 'number' ? `UNKNOWN_${String(type)}` : type) as RecordType
  const question = { name, type: typeName, class: 'IN' as const }
  return {
    question,
    message: encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [question] }),
    transport,
  }
}

export interface RawRecord {
  type: number
  ttl?: number
  data: Buffer
}

/** Creates a name server's response with these records, byte by byte. */
export function rawResponse(query: Buffer, code: number, records: readonly RawRecord[] = []): Buffer {
  let end = 12
  while (query.readUInt8(end) !== 0) end += 1 + query.readUInt8(end)
  const head = Buffer.from(query.subarray(0, end + 5))
  // These flags mean: a response, recursion desired, recursion available.
  head.writeUInt16BE(0x8180 | code, 2)
  head.writeUInt16BE(records.length, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, ...records.map(rawRecord)])
}

function rawRecord({ type, ttl = 60, data }: RawRecord): Buffer {
  const head = Buffer.alloc(12)
  // These bytes are a pointer to the name in the question.
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}
