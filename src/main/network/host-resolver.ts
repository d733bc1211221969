import { Resolver } from 'node:dns/promises'
import type { Answer, RecordType } from 'dns-packet'
import { systemErrorCode } from '../lib'
import type { HostLookup } from './lookup-queue'

/** The time to live of an answer that came without one, seconds. Short: the host's network may change. */
const plainTtl = 10

/** The name has no record of this type, or does not exist. */
export class NoAnswer extends Error {
  readonly exists: boolean

  constructor(exists: boolean) {
    super(exists ? 'no such record' : 'no such name')
    this.exists = exists
  }
}

/** Node's resolver cannot ask for records of this type. */
export class NotSupported extends Error {}

/**
 * Resolves a name as the host does at the moment. Addresses come from the operating system (getaddrinfo), which knows
 * the host's VPN, split DNS, hosts file and mDNS. Other records come from the host's name servers. If `servers` names
 * any, they answer everything instead.
 * @throws NoAnswer when there is no such name or record
 * @throws NotSupported
 * @throws any other error when the resolver fails, e.g. with ESERVFAIL or EAI_AGAIN
 */
export async function resolveOnHost(
  name: string,
  type: RecordType,
  servers: readonly string[],
  lookUp: HostLookup,
): Promise<Answer[]> {
  try {
    if ((type === 'A' || type === 'AAAA') && servers.length === 0) {
      const addresses = await lookUp(name, type === 'A' ? 4 : 6)
      if (addresses.length === 0) throw new NoAnswer(true)
      return addresses.map((data) => ({ type, name, ttl: plainTtl, data }))
    }
    return await ask(name, type, servers)
  } catch (error) {
    throw await failureOf(error, name, type, servers, lookUp)
  }
}

/** Asks the host's present name servers. They know nothing of its VPN's rules, hosts file or mDNS. */
export const serverLookup: HostLookup = (name, family) => {
  const resolver = resolverOf([])
  return family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)
}

/** The records of a type, from name servers. */
async function ask(name: string, type: RecordType, servers: readonly string[]): Promise<Answer[]> {
  const resolver = resolverOf(servers)
  const common = { name, ttl: plainTtl }
  switch (type) {
    case 'A':
      return (await resolver.resolve4(name, { ttl: true })).map(({ address, ttl }) => ({
        type,
        name,
        ttl,
        data: address,
      }))
    case 'AAAA':
      return (await resolver.resolve6(name, { ttl: true })).map(({ address, ttl }) => ({
        type,
        name,
        ttl,
        data: address,
      }))
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return (await resolver.resolve(name, type)).map((data) => ({ ...common, type, data }))
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ priority: preference, exchange }) => ({
        ...common,
        type,
        data: { preference, exchange },
      }))
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((data) => ({ ...common, type, data }))
    case 'SRV':
      return (await resolver.resolveSrv(name)).map(({ name: target, ...data }) => ({
        ...common,
        type,
        data: { ...data, target },
      }))
    case 'SOA': {
      const { nsname: mname, hostmaster: rname, minttl: minimum, ...times } = await resolver.resolveSoa(name)
      return [{ ...common, type, data: { mname, rname, minimum, ...times } }]
    }
    case 'CAA':
      return (await resolver.resolveCaa(name)).flatMap((record) => {
        const [tag, value] = Object.entries(record).find(([key]) => key !== 'critical') ?? []
        if (typeof value !== 'string' || !isCaaTag(tag)) return []
        return [
          {
            ...common,
            type,
            data: { flags: record.critical, tag, value, issuerCritical: record.critical > 0 },
          },
        ]
      })
    default:
      throw new NotSupported(type)
  }
}

/**
 * A new resolver each time, because it reads the host's list of servers only when it is made. The host may have changed
 * networks since.
 */
function resolverOf(servers: readonly string[]): Resolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  if (servers.length > 0) resolver.setServers(servers)
  return resolver
}

function isCaaTag(tag: string | undefined): tag is 'issue' | 'issuewild' | 'iodef' {
  return tag === 'issue' || tag === 'issuewild' || tag === 'iodef'
}

/**
 * The error to throw for a failed lookup. getaddrinfo gives the same error for a name that does not exist and
 * for one without an address of this family. So a lookup of the other family decides.
 */
async function failureOf(
  error: unknown,
  name: string,
  type: RecordType,
  servers: readonly string[],
  lookUp: HostLookup,
): Promise<unknown> {
  const code = systemErrorCode(error)
  if (code === 'ENODATA') return new NoAnswer(true)
  if (code !== 'ENOTFOUND') return error
  if (servers.length > 0 || (type !== 'A' && type !== 'AAAA')) return new NoAnswer(false)
  try {
    return new NoAnswer((await lookUp(name, type === 'A' ? 6 : 4)).length > 0)
  } catch (other) {
    // A failed lookup must not become "no such name", which clients would cache.
    const isNone = ['ENOTFOUND', 'ENODATA'].includes(systemErrorCode(other) ?? '')
    return isNone ? new NoAnswer(false) : other
  }
}
