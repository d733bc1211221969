/** Compose replaces variables in every text. `$$` is a `$`. */
function escaped(text: string): string {
  return text.replaceAll('$', '$$$$')
}

/** Returns a map without the empty values, and with every text escaped. */
export function filled(entries: readonly [string, unknown][]): Map<string, unknown> {
  return new Map(
    entries.filter(([, value]) => !isEmpty(value)).map(([key, value]) => [key, escapedIn(value)]),
  )
}

function isEmpty(value: unknown): boolean {
  if (value instanceof Map) return value.size === 0
  return (
    value === undefined ||
    value === '' ||
    value === false ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0)
  )
}

function escapedIn(value: unknown): unknown {
  if (typeof value === 'string') return escaped(value)
  return Array.isArray(value) ? value.map(escapedIn) : value
}

/** Compose does not replace variables in keys. */
export function escapedDeep(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key as unknown, escapedDeep(one)]))
  return Array.isArray(value) ? value.map(escapedDeep) : escapedIn(value)
}

/** Writes pairs as a map. Compose does not replace variables in the names. */
export function pairs(rows: readonly { name: string; value: string }[]): Map<string, string> {
  return new Map(rows.map(({ name, value }) => [name, escaped(value)]))
}
