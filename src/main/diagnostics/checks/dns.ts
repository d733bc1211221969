import { registryHost } from '../registry-host'
import { failed, needsMachine, ok, type Check } from '../check'

/** Whether a name resolves in the guest, as it must for a pull. */
export const dns: Check = {
  id: 'dns',
  async run({ link, settings }, signal) {
    if (!link.isUp) return needsMachine
    const name = registryHost(settings())
    const { code, stdout, stderr } = await link.exec(`nslookup ${name}`, { signal })
    if (code === 0) return ok('dns.ok', { name })
    return failed('dns.failed', { name }, { detail: `${stdout}${stderr}`.trim(), fix: 'open-settings' })
  },
}
