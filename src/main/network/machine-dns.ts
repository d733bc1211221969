import type { Question } from 'dns-packet'
import { BerthError } from '../../shared/errors'
import type { Logger } from '../host/log'
import type { SshLink } from '../ssh/ssh-link'
import { DnsServer } from './dns-server'
import { resolveOnHost, type HostLookup } from './host-resolver'
import { gateway } from './proxy'

/** The machine's name server: QEMU's user network answers there, unless the packets are sent elsewhere. */
const nameServer = '10.0.2.3'

export interface MachineDnsOptions {
  log: Logger
  /** Name servers to ask instead of the host's; none in general. */
  servers: () => readonly string[]
  lookUp?: HostLookup
}

/** Name resolution for the machine and everything in it, done by the host's own resolver. */
export class MachineDns {
  readonly #options: MachineDnsOptions
  #server: Promise<DnsServer> | undefined

  constructor(options: MachineDnsOptions) {
    this.#options = options
  }

  /**
   * Sends what the machine asks its name server to ours, from the machine itself and from its containers. To be
   * called whenever a machine runs; until then QEMU's own answers, which knows the first of the host's servers only.
   * Rejects with engine.error when the rules cannot be set.
   */
  async serve(link: Pick<SshLink, 'exec'>): Promise<void> {
    const { port } = await this.#listen()
    const { code, stderr } = await link.exec(
      'iptables-restore --noflush --wait && for chain in OUTPUT PREROUTING; do ' +
        `iptables -w -t nat -C $chain -d ${nameServer} -j BERTH-DNS 2>/dev/null || ` +
        `iptables -w -t nat -I $chain -d ${nameServer} -j BERTH-DNS || exit 1; done`,
      { input: rules(port) },
    )
    if (code !== 0) throw new BerthError('engine.error', { reason: stderr.trim() })
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    await (await server)?.close()
  }

  #listen(): Promise<DnsServer> {
    this.#server ??= DnsServer.listen((question) => this.#resolve(question), this.#options.log)
    return this.#server
  }

  #resolve({ name, type }: Question) {
    return resolveOnHost(name, type, this.#options.servers(), this.#options.lookUp)
  }
}

/** Naming the chain makes it, or empties it. */
function rules(port: number): string {
  const redirect = (protocol: string) =>
    `-A BERTH-DNS -p ${protocol} --dport 53 -j DNAT --to-destination ${gateway}:${port}`
  return ['*nat', ':BERTH-DNS - [0:0]', redirect('udp'), redirect('tcp'), 'COMMIT', ''].join('\n')
}
