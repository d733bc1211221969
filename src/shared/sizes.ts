const units = [
  ['g', 1024 ** 3],
  ['m', 1024 ** 2],
  ['k', 1024],
] as const

/** Reads a size as the Docker CLI writes it, such as `512m`. Returns bytes. Returns NaN if the text is not a size. */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?$/i.exec(text.trim()) ?? []
  if (digits === undefined) return Number.NaN
  const factor = units.find(([name]) => name === unit.toLowerCase())?.[1] ?? 1
  return Math.round(Number(digits) * factor)
}

/** Writes a size so that `parseSize` reads the same number of bytes again. */
export function writeSize(bytes: number): string {
  for (const [name, factor] of units)
    if (bytes >= factor && bytes % factor === 0) return `${String(bytes / factor)}${name}`
  return String(bytes)
}
