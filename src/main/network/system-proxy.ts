import { programOutput } from '../lib'
import type { Proxy } from './machine-proxy'

const registryKey = String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`

/**
 * Returns the host's own proxy. If the environment names no proxy, Berth reads the system's network settings on macOS
 * and Windows.
 */
export async function systemProxy(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Promise<Proxy | undefined> {
  const own = proxyOfEnvironment(env)
  if (own !== undefined) return own
  switch (platform) {
    case 'darwin':
      return proxyOfScutil(await output('/usr/sbin/scutil', ['--proxy']))
    case 'win32':
      return proxyOfRegistry(await output('reg', ['query', registryKey]))
    default:
      return undefined
  }
}

/** Returns the output of a program. The output is empty if the program fails, so that Berth uses no proxy. */
function output(program: string, args: string[]): Promise<string> {
  return programOutput(program, args, { timeout: 5_000 })
}

/** Reads the proxy from HTTP_PROXY and similar variables. Lower case overrides upper case, as in curl. */
export function proxyOfEnvironment(env: Readonly<Record<string, string | undefined>>): Proxy | undefined {
  const value = (name: string) => env[name.toLowerCase()] ?? env[name] ?? ''
  const all = value('ALL_PROXY')
  const http = withScheme(value('HTTP_PROXY') || all)
  const https = withScheme(value('HTTPS_PROXY') || all)
  if (http === '' && https === '') return undefined
  return { http, https, exclude: list(value('NO_PROXY'), ',') }
}

/**
 * Reads the proxy from the output of macOS' `scutil --proxy`:
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
 * Reads the proxy from the output of `reg query "HKCU\…\Internet Settings"`: the values ProxyEnable, ProxyServer and
 * ProxyOverride. ProxyServer is `host:port`, or `http=host:port;https=host:port`.
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

/** Converts `*.example.com`, as macOS and Windows write it, to `.example.com`, as in NO_PROXY. */
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
