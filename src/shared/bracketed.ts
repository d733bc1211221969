/** An address in front of a port. An IPv6 address needs brackets there. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
