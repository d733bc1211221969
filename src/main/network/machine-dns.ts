import { BerthError, type BerthErrorData } from '../../shared/errors'
import { guestNetwork, message } from '../lib'
import type { Logger } from '../host'
import type { SshLink } from '../ssh'
import type { DnsQuery } from './dns-message'
import { DnsServer } from './dns-server'
import { resolveOnHost, serverLookup } from './host-resolver'
import { LookupQueue, systemLookup, type HostLookup } from './lookup-queue'

/**
 * The machine sends its DNS queries to `nameServer`. QEMU's own name server answers there, unless Berth redirects the
 * queries.
 */
const { host, nameServer } = guestNetwork

export interface MachineDnsOptions {
  log: Logger
  /** Name servers to ask instead of the host's name servers. Usually empty. */
  servers: () => readonly string[]
  /** The host's own resolver; by default {@link systemLookup}. */
  lookUp?: HostLookup
  /** Used while the host's resolver is busy; by default {@link serverLookup}. */
  fallback?: HostLookup
  /** By default {@link DnsServer.listen}. */
  listen?: typeof DnsServer.listen
}

/** Resolves names for the machine and its containers, with the host's own resolver. */
export class MachineDns {
  readonly #options: MachineDnsOptions
  readonly #lookups: LookupQueue
  #server: Promise<DnsServer> | undefined
  #problem: BerthErrorData | undefined
  #serving: Promise<void> = Promise.resolve()

  constructor(options: MachineDnsOptions) {
    this.#options = options
    const { lookUp = systemLookup, fallback = serverLookup } = options
    this.#lookups = new LookupQueue({ lookUp, fallback })
  }

  /** Why the last attempt to redirect the machine's queries failed. */
  get problem(): BerthErrorData | undefined {
    return this.#problem
  }

  /**
   * Redirects the DNS queries of the machine and its containers to Berth's name server. Call this whenever a machine
   * has booted. Until then, QEMU's own name server answers, which asks only the first of the host's name servers.
   * @throws BerthError dns.not-served; `problem` then contains the same error
   */
  serve(link: Pick<SshLink, 'exec'>): Promise<void> {
    const serving = this.#serve(link)
    this.#serving = serving.catch(() => undefined)
    return serving
  }

  /** Resolves when the last call of {@link serve} has ended, in success or failure. */
  settled(): Promise<void> {
    return this.#serving
  }

  async #serve(link: Pick<SshLink, 'exec'>): Promise<void> {
    try {
      await this.#redirect(link)
      this.#problem = undefined
    } catch (error) {
      const problem = new BerthError('dns.not-served', { reason: message(error) }, { cause: error })
      this.#problem = problem.toData()
      throw problem
    }
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    await (await server)?.close()
  }

  async #redirect(link: Pick<SshLink, 'exec'>): Promise<void> {
    const { port } = await this.#listen()
    const { code, stderr } = await link.exec(
      'iptables-restore --noflush --wait && for chain in OUTPUT PREROUTING; do ' +
        `iptables -w -t nat -C $chain -d ${nameServer} -j BERTH-DNS 2>/dev/null || ` +
        `iptables -w -t nat -I $chain -d ${nameServer} -j BERTH-DNS || exit 1; done`,
      { input: rules(port) },
    )
    if (code !== 0) throw new Error(stderr.trim())
  }

  #listen(): Promise<DnsServer> {
    this.#server ??= this.#start().catch((error: unknown) => {
      // The next call tries again.
      this.#server = undefined
      throw error
    })
    return this.#server
  }

  #start(): Promise<DnsServer> {
    const { listen, log } = this.#options
    const resolve = (query: DnsQuery) => this.#resolve(query)
    return listen === undefined ? DnsServer.listen(resolve, log) : listen(resolve, log)
  }

  #resolve(query: DnsQuery) {
    return resolveOnHost(query, { servers: this.#options.servers(), lookUp: this.#lookups.lookUp })
  }
}

/** Returns the rules for iptables-restore. Declaring the chain creates the chain, or empties an existing chain. */
function rules(port: number): string {
  const redirect = (protocol: string) =>
    `-A BERTH-DNS -p ${protocol} --dport 53 -j DNAT --to-destination ${host}:${port}`
  return ['*nat', ':BERTH-DNS - [0:0]', redirect('udp'), redirect('tcp'), 'COMMIT', ''].join('\n')
}
