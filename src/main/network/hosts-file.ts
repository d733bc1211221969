import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'

/** Returns the path of this computer's hosts file. */
export function hostsFilePath(platform = process.platform, env = process.env): string {
  return platform === 'win32'
    ? join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts'
}

/**
 * Finds the name of an address in the hosts file: the first name on the first line with the address, like getnameinfo.
 * Returns undefined if there is no name, or no hosts file.
 */
export async function nameInHostsFile(address: string, path = hostsFilePath()): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const wanted = canonical(address)
  for (const line of text.split('\n')) {
    const [found = '', name] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (name !== undefined && canonical(found) === wanted) return name
  }
  return undefined
}

/**
 * Returns the address in the name of a reverse lookup. `1.2.0.192.in-addr.arpa` means 192.0.2.1 (RFC 1035, section
 * 3.5). 32 digits before `ip6.arpa` mean an IPv6 address (RFC 3596, section 2.5). Returns undefined for any other name.
 */
export function reversedAddress(name: string): string | undefined {
  const [, four, six] = /^(?:((?:\d{1,3}\.){4})in-addr|((?:[0-9a-f]\.){32})ip6)\.arpa\.?$/i.exec(name) ?? []
  if (four !== undefined) {
    const address = four.split('.').reverse().slice(1).join('.')
    return isIP(address) === 4 ? address : undefined
  }
  if (six === undefined) return undefined
  const digits = six.split('.').reverse().join('')
  return canonical(digits.match(/.{4}/g)?.join(':') ?? '')
}

/**
 * Removes the zone (`%…`) from an address. An IPv6 address then gets its standard form, so that equal addresses are
 * equal texts.
 */
function canonical(text: string): string {
  const address = text.replace(/%.*/, '')
  if (isIP(address) !== 6) return address
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}
