import type { Settings } from '../../shared/settings'
import { guestNetwork } from '../lib'

/** What a program in the machine is told of the way out; an empty address is none. */
export interface Proxy {
  http: string
  https: string
  /** As in NO_PROXY. */
  exclude: string[]
}

/** The host, as the machine sees it: QEMU's user network. */
export const gateway = guestNetwork.host

/** Never through a proxy: the machine itself and the host it runs on. */
const always = ['localhost', '127.0.0.1', '::1', gateway, 'host.docker.internal', 'gateway.docker.internal']

/**
 * The proxy as dockerd in the machine has to use it: one that listens on the host's loopback is at the gateway
 * there. undefined when there is none. `system` is asked only when the settings want the host's own.
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

/** What leads a program on the host to the host itself, as URL writes it. */
const loopback =
  /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/i

/** A proxy's address with the host's loopback as the machine reaches it. */
function fromMachine(address: string): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  if (!loopback.test(url.hostname)) return address
  url.hostname = gateway
  return url.href
}

/** HTTP_PROXY and its like, in lower case first, as curl and Go read them. */
export function proxyOfEnvironment(env: Readonly<Record<string, string | undefined>>): Proxy | undefined {
  const value = (name: string) => env[name.toLowerCase()] ?? env[name] ?? ''
  const all = value('ALL_PROXY')
  const http = withScheme(value('HTTP_PROXY') || all)
  const https = withScheme(value('HTTPS_PROXY') || all)
  if (http === '' && https === '') return undefined
  return { http, https, exclude: list(value('NO_PROXY'), ',') }
}

/**
 * What macOS' `scutil --proxy` prints:
 *
 *     <dictionary> {
 *       ExceptionsList : <array> {
 *         0 : *.local
 *       }
 *       HTTPEnable : 1
 *       HTTPPort : 8080
 *       HTTPProxy : proxy.example.com
 *     }
 */
export function proxyOfScutil(output: string): Proxy | undefined {
  const values = new Map<string, string>()
  const exclude: string[] = []
  for (const line of output.split('\n')) {
    const [, name = '', value = ''] = /^\s*(\w+) : (.*\S)\s*$/.exec(line) ?? []
    if (/^\d+$/.test(name)) exclude.push(value)
    else values.set(name, value)
  }
  const address = (kind: string, scheme = 'http') => {
    if (values.get(`${kind}Enable`) !== '1') return ''
    const host = values.get(`${kind}Proxy`) ?? ''
    const port = values.get(`${kind}Port`) ?? '80'
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
  }
  const socks = address('SOCKS', 'socks5')
  const http = address('HTTP') || socks
  const https = address('HTTPS') || socks
  if (http === '' && https === '') return undefined
  return { http, https, exclude: exclude.map(domainPattern) }
}

/**
 * What `reg query "HKCU\…\Internet Settings"` prints of ProxyEnable, ProxyServer and ProxyOverride. ProxyServer is
 * `host:port`, or `http=host:port;https=host:port`.
 */
export function proxyOfRegistry(output: string): Proxy | undefined {
  const value = (name: string) =>
    new RegExp(`^\\s*${name}\\s+REG_\\w+\\s+(.*\\S)\\s*$`, 'm').exec(output)?.[1]
  if (Number(value('ProxyEnable') ?? 0) !== 1) return undefined
  const server = value('ProxyServer') ?? ''
  const byKind = new Map(
    list(server, ';').flatMap((entry) => {
      const [, kind, address] = /^(\w+)=(.*)$/.exec(entry) ?? []
      return kind === undefined || address === undefined ? [] : [[kind, withScheme(address)] as const]
    }),
  )
  const one = byKind.size === 0 ? withScheme(server) : ''
  const http = byKind.get('http') ?? one
  const https = byKind.get('https') ?? one
  if (http === '' && https === '') return undefined
  const exclude = list(value('ProxyOverride') ?? '', ';').filter((entry) => entry !== '<local>')
  return { http, https, exclude: exclude.map(domainPattern) }
}

/** `*.example.com`, as macOS and Windows write it, is `.example.com` in NO_PROXY. */
function domainPattern(entry: string): string {
  return entry.startsWith('*.') ? entry.slice(1) : entry
}

function withScheme(address: string): string {
  return address === '' || address.includes('://') ? address : `http://${address}`
}

function list(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
