/**
 * Reads an address in the form of /proc/net (proc(5)).
 *
 * The kernel prints each group of four bytes as a number of the processor, which is little-endian.
 */
export function procNetAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((group) =>
    (group.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  )
  if (bytes.length === 4) return bytes.join('.')
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  if (isMapped) return bytes.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  )
  if (groups.every((group) => group === '0')) return '::'
  return groups.slice(0, 7).every((group) => group === '0') ? `::${groups[7] ?? ''}` : groups.join(':')
}
