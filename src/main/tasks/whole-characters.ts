/**
 * Decodes a part of a text in UTF-8 that may begin or end inside a character. Leaves out the pieces of these two
 * characters. `skipped` bytes are before the text, and the text ends after `used` bytes. If `isLast`, an incomplete
 * character at the end is decoded as a replacement character, because its other bytes will never arrive.
 */
export function wholeCharacters(
  bytes: Buffer,
  isLast: boolean,
): { text: string; skipped: number; used: number } {
  let skipped = 0
  while (skipped < Math.min(3, bytes.length) && isContinuation(bytes[skipped])) skipped += 1
  const used = isLast ? bytes.length : Math.max(skipped, endOfWhole(bytes))
  return { text: bytes.subarray(skipped, used).toString('utf8'), skipped, used }
}

/** The end of the last complete character. */
function endOfWhole(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (isContinuation(byte)) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
