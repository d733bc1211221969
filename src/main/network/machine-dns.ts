import type { Question } from 'dns-packet'
import { BerthError, type BerthErrorData } from '../../shared/errors'
import { guestNetwork, message } from '../lib'
import type { Logger } from '../host'
import type { SshLink } from '../ssh'
import { DnsServer } from './dns-server'
import { HostLookups, systemLookup, type HostLookup } from './host-lookups'
import { resolveOnHost, serverLookup } from './host-resolver'
import { gateway } from './proxy'

/** The machine's name server: QEMU's user network answers there, unless the packets are sent elsewhere. */
const { nameServer } = guestNetwork

export interface MachineDnsOptions {
  log: Logger
  /** Name servers to ask instead of the host's; none in general. */
  servers: () => readonly string[]
  /** The host's own resolver, and what is asked while that is busy. */
  lookUp?: HostLookup
  instead?: HostLookup
  /** {@link DnsServer.listen} unless told otherwise. */
  listen?: typeof DnsServer.listen
}

/** Name resolution for the machine and everything in it, done by the host's own resolver. */
export class MachineDns {
  readonly #options: MachineDnsOptions
  readonly #lookups: HostLookups
  #server: Promise<DnsServer> | undefined
  #problem: BerthErrorData | undefined
  #serving: Promise<void> = Promise.resolve()

  constructor(options: MachineDnsOptions) {
    this.#options = options
    const { lookUp = systemLookup, instead = serverLookup } = options
    this.#lookups = new HostLookups({ lookUp, instead })
  }

  /** Why the machine was not sent here when it was last tried. */
  get problem(): BerthErrorData | undefined {
    return this.#problem
  }

  /**
   * Sends what the machine asks its name server to ours, from the machine itself and from its containers. To be
   * called whenever a machine runs; until then QEMU's own answers, which knows the first of the host's servers only.
   * Rejects with dns.not-served, which is in `problem` then, too.
   */
  serve(link: Pick<SshLink, 'exec'>): Promise<void> {
    const serving = this.#serve(link)
    this.#serving = serving.catch(() => undefined)
    return serving
  }

  /** Resolves when what was asked of {@link serve} has come to its end. */
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
      // The next to ask tries again.
      this.#server = undefined
      throw error
    })
    return this.#server
  }

  #start(): Promise<DnsServer> {
    const { listen, log } = this.#options
    const resolve = (question: Question) => this.#resolve(question)
    return listen === undefined ? DnsServer.listen(resolve, log) : listen(resolve, log)
  }

  #resolve({ name, type }: Question) {
    return resolveOnHost(name, type, this.#options.servers(), this.#lookups.lookUp)
  }
}

/** Naming the chain makes it, or empties it. */
function rules(port: number): string {
  const redirect = (protocol: string) =>
    `-A BERTH-DNS -p ${protocol} --dport 53 -j DNAT --to-destination ${gateway}:${port}`
  return ['*nat', ':BERTH-DNS - [0:0]', redirect('udp'), redirect('tcp'), 'COMMIT', ''].join('\n')
}
