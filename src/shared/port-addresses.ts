/** An address in front of a port. An IPv6 address needs brackets there. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** The address of a port binding with its colon. Empty if the binding names no address. */
export function addressPrefix(hostIp: string): string {
  return hostIp === '' ? '' : `${bracketed(hostIp)}:`
}

/**
 * Whether two listeners of one port on these addresses exclude each other. They do if the addresses are equal, or if
 * one address is the wildcard of the same family.
 */
export function overlaps(a: string, b: string): boolean {
  if (a.includes(':') !== b.includes(':')) return false
  return a === b || isWildcard(a) || isWildcard(b)
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}
