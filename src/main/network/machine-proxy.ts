import type { Settings } from '../../shared/settings'
import { guestNetwork } from '../lib'

/** The proxies that a program in the machine should use. An empty address means no proxy. */
export interface Proxy {
  http: string
  https: string
  /** The hosts to reach directly, as in NO_PROXY. */
  exclude: string[]
}

/** The names and addresses of the machine and its host. Programs never reach them through a proxy. */
const always = [
  'localhost',
  '127.0.0.1',
  '::1',
  guestNetwork.host,
  'host.docker.internal',
  'gateway.docker.internal',
]

/**
 * Returns the proxy that dockerd in the machine should use. Returns undefined for no proxy. If the proxy is on the
 * host's loopback, its address becomes the gateway's address, at which the machine reaches the host. Calls `system`
 * only when the settings want the host's own proxy.
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

/** Matches host names that mean the host itself in a program on the host. The names have the form of `URL.hostname`. */
const loopback =
  /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/i

/** Returns the proxy's address. Replaces the host's loopback with the address at which the machine reaches the host. */
function fromMachine(address: string): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  if (!loopback.test(url.hostname)) return address
  url.hostname = guestNetwork.host
  return url.href
}
