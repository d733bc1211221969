import type { Settings } from '../../shared/settings'
import { guestNetwork } from '../lib'

/** The proxies that a program in the machine should use. An empty address means no proxy. */
export interface Proxy {
  http: string
  https: string
  /** The hosts to reach directly, as in NO_PROXY. */
  exclude: string[]
}

/** Never reached through a proxy: the machine itself and its host. */
const always = [
  'localhost',
  '127.0.0.1',
  '::1',
  guestNetwork.host,
  'host.docker.internal',
  'gateway.docker.internal',
]

/**
 * The proxy that dockerd in the machine should use; undefined for none. A proxy on the host's loopback becomes one at
 * the gateway, where the machine reaches the host. Calls `system` only when the settings want the host's own proxy.
 */
export async function machineProxy(
  settings: Settings['proxy'],
  system: () => Promise<Proxy | undefined>,
): Promise<Proxy | undefined> {
  const proxy =
    settings.mode === 'system' ? await system() : settings.mode === 'manual' ? settings : undefined
  if (proxy === undefined || (proxy.http === '' && proxy.https === '')) return undefined
  return {
    http: fromMachine(proxy.http),
    https: fromMachine(proxy.https),
    exclude: [...new Set([...always, ...proxy.exclude])],
  }
}

/** Host names that mean the host itself to a program on it, in the form that URL gives them. */
const loopback =
  /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/i

/** The proxy's address with the host's loopback replaced by the address that reaches it from the machine. */
function fromMachine(address: string): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  if (!loopback.test(url.hostname)) return address
  url.hostname = guestNetwork.host
  return url.href
}
