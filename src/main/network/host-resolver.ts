import { Resolver } from 'node:dns/promises'
import type { Answer } from 'dns-packet'
import { systemErrorCode } from '../lib'
import { forwardQuery } from './dns-forwarder'
import { isAny, rcode, rcodeOf, type DnsQuery } from './dns-message'
import { hostsFilePath, nameInHostsFile, reversedAddress } from './hosts-file'
import type { HostLookup } from './lookup-queue'

/**
 * The time to live of an answer that came without one, in seconds. It is short, because the host's network may change.
 */
const plainTtl = 10

const families = [4, 6] as const

/** The name has no record of this type, or does not exist. */
export class NoAnswer extends Error {
  readonly exists: boolean

  constructor(exists: boolean) {
    super(exists ? 'no such record' : 'no such name')
    this.exists = exists
  }
}

export interface HostResolverOptions {
  /** If the list is not empty, these servers answer every query. */
  servers: readonly string[]
  lookUp: HostLookup
  /** Returns the host's current name servers. */
  hostServers?: () => readonly string[]
  hostsFile?: string
}

/**
 * Resolves a name as the host currently does. Addresses come from the operating system (getaddrinfo), which knows the
 * host's VPN, split DNS, hosts file and mDNS. For a reverse lookup, Berth first reads the hosts file. For any other
 * query, Berth returns a name server's own response as a Buffer. Only the response "no such name" is replaced if the
 * host knows an address of the name.
 * @throws NoAnswer if the host knows no such name, or no address of the requested family
 * @throws any other error if the resolver fails, e.g. with EAI_AGAIN
 */
export async function resolveOnHost(
  query: DnsQuery,
  { servers, lookUp, hostServers = currentServers, hostsFile = hostsFilePath() }: HostResolverOptions,
): Promise<Answer[] | Buffer> {
  const { name, type, class: namespace = 'IN' } = query.question
  if (servers.length > 0) return forwardQuery(query, servers)
  if (namespace !== 'IN') return forwardQuery(query, hostServers())
  if (type === 'A' || type === 'AAAA') return addressesOf(name, type === 'A' ? 4 : 6, lookUp)
  if (type === 'PTR') {
    const address = reversedAddress(name)
    const data = address === undefined ? undefined : await nameInHostsFile(address, hostsFile)
    if (data !== undefined) return [{ type, name, ttl: plainTtl, data }]
  }
  const response = await forwardQuery(query, hostServers())
  if (rcodeOf(response) !== rcode.nameError) return response
  // The name servers do not know the hosts file, mDNS and the rules of a VPN. "No such name" applies to all record
  // types. If the client cached that response, the client would no longer find the name's addresses. So Berth does not
  // return that response if the host knows an address of the name.
  const known = await knownAddresses(name, lookUp)
  if (known.length === 0) return response
  return isAny(type) ? known : []
}

/** Asks the host's current name servers. They do not know the host's VPN rules, hosts file or mDNS. */
export const serverLookup: HostLookup = (name, family) => {
  const resolver = currentResolver()
  return family === 4 ? resolver.resolve4(name) : resolver.resolve6(name)
}

/**
 * Returns a new resolver each time. A resolver reads the host's list of servers only when it is created. After that,
 * the host may change networks.
 */
function currentResolver(): Resolver {
  return new Resolver({ timeout: 2_000, tries: 2 })
}

function currentServers(): string[] {
  return currentResolver().getServers()
}

async function addressesOf(name: string, family: 4 | 6, lookUp: HostLookup): Promise<Answer[]> {
  try {
    const addresses = await lookUp(name, family)
    if (addresses.length === 0) throw new NoAnswer(true)
    return addresses.map((data) => addressRecord(name, family, data))
  } catch (error) {
    throw await failureOf(error, name, family, lookUp)
  }
}

function addressRecord(name: string, family: 4 | 6, data: string): Answer {
  return { type: family === 4 ? 'A' : 'AAAA', name, ttl: plainTtl, data }
}

/** Returns the addresses that the host knows for a name. Returns none if the lookup fails. */
async function knownAddresses(name: string, lookUp: HostLookup): Promise<Answer[]> {
  const found = await Promise.all(
    families.map(async (family) => {
      const addresses = await lookUp(name, family).catch(() => [])
      return addresses.map((data) => addressRecord(name, family, data))
    }),
  )
  return found.flat()
}

/**
 * Returns the error to throw for a failed lookup. getaddrinfo reports the same error for a missing name and for a name
 * without addresses of this family. So Berth looks up the other family to find out whether the name exists.
 */
async function failureOf(error: unknown, name: string, family: 4 | 6, lookUp: HostLookup): Promise<unknown> {
  const code = systemErrorCode(error)
  if (code === 'ENODATA') return new NoAnswer(true)
  if (code !== 'ENOTFOUND') return error
  try {
    return new NoAnswer((await lookUp(name, family === 4 ? 6 : 4)).length > 0)
  } catch (other) {
    // A failed lookup must not become "no such name", because clients would cache that answer.
    const isNone = ['ENOTFOUND', 'ENODATA'].includes(systemErrorCode(other) ?? '')
    return isNone ? new NoAnswer(false) : other
  }
}
