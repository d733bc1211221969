import { connect } from 'node:net'
import { once } from 'node:events'
import { message } from '../../lib'
import { type Proxy, systemProxy } from '../../network'
import { failed, ok, type Check } from '../check'

/** Checks that the configured proxies accept connections. */
export const proxy: Check = {
  id: 'proxy',
  async run({ settings, env, platform }, signal) {
    const { mode, ...manual } = settings().proxy
    const used = mode === 'none' ? undefined : mode === 'manual' ? manual : await systemProxy(env, platform)
    const addresses = used === undefined ? [] : proxyAddresses(used)
    for (const { host, port } of addresses) {
      const address = `${host}:${port}`
      try {
        await reach(host, port, signal)
      } catch (error) {
        return failed('proxy.unreachable', { address, reason: message(error) }, { fix: 'open-settings' })
      }
    }
    const [first] = addresses
    return first === undefined ? ok('proxy.none') : ok('proxy.ok', { address: `${first.host}:${first.port}` })
  },
}

/** The hosts and ports of the proxies. The rest of each address is left out because it may be secret. */
export function proxyAddresses({
  http,
  https,
}: Pick<Proxy, 'http' | 'https'>): { host: string; port: number }[] {
  const urls = [http, https].flatMap((value) => (URL.canParse(value) ? [new URL(value)] : []))
  const found = urls.map(({ hostname, port, protocol }) => ({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }))
  return found.filter(
    ({ host, port }, index) =>
      host !== '' && found.findIndex((one) => one.host === host && one.port === port) === index,
  )
}

async function reach(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal })
  } finally {
    socket.destroy()
  }
}
