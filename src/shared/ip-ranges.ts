/** A block of IP addresses, such as `172.20.0.0/16`. */
export interface IpRange {
  family: 4 | 6
  /** The first and the last address, as numbers. */
  first: bigint
  last: bigint
  prefix: number
}

const bits = { 4: 32, 6: 128 } as const

interface IpAddress {
  family: 4 | 6
  value: bigint
}

/** Parses an IPv4 or IPv6 address. Returns undefined for any other text. */
export function parseAddress(text: string): IpAddress | undefined {
  const value = text.includes(':') ? ipv6Value(text) : ipv4Value(text)
  return value === undefined ? undefined : { family: text.includes(':') ? 6 : 4, value }
}

function ipv4Value(text: string): bigint | undefined {
  const parts = text.split('.')
  // Like the engine, refuse leading zeros: some programs read them as octal.
  if (parts.length !== 4 || parts.some((part) => !/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n)
}

function ipv6Value(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map(ipv6Groups)
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail]
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n)
}

/** Splits one side of `::` into groups. The last group may be an IPv4 address, which counts as two groups. */
function ipv6Groups(text: string): string[] {
  const groups = text === '' ? [] : text.split(':')
  const ipv4 = ipv4Value(groups.at(-1) ?? '')
  if (ipv4 === undefined) return groups
  return [...groups.slice(0, -1), (ipv4 >> 16n).toString(16), (ipv4 & 0xffffn).toString(16)]
}

/** Formats an address. An IPv6 address has no `::`: only the engine's own text is canonical. */
function formatAddress({ family, value }: IpAddress): string {
  const [count, size] = family === 4 ? [4, 8n] : [8, 16n]
  const mask = (1n << size) - 1n
  const parts = Array.from(
    { length: count },
    (_, index) => (value >> (size * BigInt(count - 1 - index))) & mask,
  )
  return family === 4 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':')
}

/** Parses a subnet in CIDR form. Accepts an address inside the block, such as `10.0.0.7/8`. */
export function parseRange(text: string): IpRange | undefined {
  const [, addressText = '', prefixText = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const address = parseAddress(addressText)
  const prefix = Number(prefixText)
  if (address === undefined || prefixText === '' || prefix > bits[address.family]) return undefined
  const size = 1n << BigInt(bits[address.family] - prefix)
  const first = address.value - (address.value % size)
  return { family: address.family, first, last: first + size - 1n, prefix }
}

/** The block's own text: `10.0.0.0/8` for `10.0.0.7/8`. */
export function rangeText({ family, first, prefix }: IpRange): string {
  return `${formatAddress({ family, value: first })}/${String(prefix)}`
}

/** True if the text names an address inside the block, and not the block itself. */
export function hasHostBits(text: string): boolean {
  const range = parseRange(text)
  const address = parseAddress(text.split('/')[0] ?? '')
  return range !== undefined && address !== undefined && address.value !== range.first
}

export function rangesOverlap(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last
}

/** True if the block `outer` contains all addresses of the block `inner`. */
export function containsRange(outer: IpRange, inner: IpRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last
}

export function containsAddress(range: IpRange, address: string): boolean {
  const parsed = parseAddress(address)
  return parsed?.family === range.family && range.first <= parsed.value && parsed.value <= range.last
}

/** The first address after the block's own: usually the gateway. Empty if the text is no subnet. */
export function firstAddress(subnet: string): string {
  const range = parseRange(subnet)
  return range === undefined ? '' : formatAddress({ family: range.family, value: range.first + 1n })
}
