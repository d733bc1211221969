import { failed, ok, unanswering, warning, type Check } from '../check'
import { registryHost } from './registry'

/**
 * Only Berth's name server knows this name. (host.docker.internal proves nothing: the guest's own /etc/hosts has that
 * name.)
 */
const ownName = 'gateway.docker.internal'

/** Checks that the guest can resolve the first host of a pull, and that Berth's own name server answers. */
export const dns: Check = {
  id: 'dns',
  async run(context, signal) {
    const reason = unanswering(context)
    if (reason) return reason
    const { link, settings, dns } = context
    // While a machine boots, Berth may still be redirecting the machine's queries to its name server.
    await dns.settled()
    const { problem } = dns
    const name = registryHost(settings())
    const resolve = async (asked: string) => {
      const { code, stdout, stderr } = await link.exec(`nslookup -type=a ${asked}`, { signal })
      return { found: code === 0, detail: `${stdout}${stderr}`.trim() }
    }
    const [own, registry] = await Promise.all([resolve(ownName), resolve(name)])
    if (!own.found) {
      const bypassed = registry.found ? warning : failed
      const more = { detail: own.detail, fix: 'serve-dns' } as const
      if (problem === undefined) return bypassed('dns.bypassed', {}, more)
      return bypassed('dns.not-served', problem.params, more)
    }
    if (registry.found) return ok('dns.ok', { name })
    return failed('dns.failed', { name }, { detail: registry.detail, fix: 'open-settings' })
  },
}
