import { Resolver } from 'node:dns/promises'
import type { Answer, RecordType } from 'dns-packet'
import { systemErrorCode } from '../lib'
import type { HostLookup } from './host-lookups'

/** Seconds that an answer whose own time is not known may be kept. Short: the host's network may change. */
const plainTtl = 10

/** The name exists, but has nothing of this type; or there is no such name. */
export class NoAnswer extends Error {
  constructor(readonly exists: boolean) {
    super(exists ? 'no such record' : 'no such name')
  }
}

/**
 * Resolves as the host does at the moment: addresses through the operating system (getaddrinfo), which knows its
 * VPN, its split DNS, its hosts file and mDNS; everything else by asking the host's name servers. With `servers`,
 * those are asked for everything instead. Rejects with {@link NoAnswer}, or with any other error when it cannot tell.
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
    throw await negative(error, name, type, servers, lookUp)
  }
}

/** What the host's name servers of the moment say, without its VPN's rules, hosts file and mDNS. */
export const serverLookup: HostLookup = (name, family) => {
  const resolver = resolverOf([])
  return family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)
}

/** The records of a type, as name servers tell them. */
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

/** A new one each time reads the host's servers anew, as the module's own do not: it may have changed networks. */
function resolverOf(servers: readonly string[]): Resolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  if (servers.length > 0) resolver.setServers(servers)
  return resolver
}

/** A type that Node's resolver cannot ask for. */
export class NotSupported extends Error {}

function isCaaTag(tag: string | undefined): tag is 'issue' | 'issuewild' | 'iodef' {
  return tag === 'issue' || tag === 'issuewild' || tag === 'iodef'
}

/** getaddrinfo does not tell a name without such an address from one that does not exist: its other family does. */
async function negative(
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
    // That it cannot be told does not mean that there is no such name, which askers would remember.
    const isNone = ['ENOTFOUND', 'ENODATA'].includes(systemErrorCode(other) ?? '')
    return isNone ? new NoAnswer(false) : other
  }
}
