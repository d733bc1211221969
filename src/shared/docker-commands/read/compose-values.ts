/** A map of a compose file. */
export type ComposeMap = ReadonlyMap<string, unknown>

export function mapOf(value: unknown): Map<string, unknown> {
  if (!(value instanceof Map)) return new Map()
  return new Map([...value].map(([key, one]) => [String(key), one as unknown]))
}

/** Returns the text of a scalar. Returns undefined for a map or a list. */
export function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

export function filledText(value: unknown, otherwise: string): string {
  const text = textOf(value) ?? ''
  return text === '' ? otherwise : text
}

/** Replaces variables by their defaults, as compose does without an environment. `$$` means `$`. */
export function interpolated(value: unknown, variables: Set<string>): unknown {
  if (value instanceof Map)
    return new Map([...value].map(([key, one]) => [key as unknown, interpolated(one, variables)]))
  if (Array.isArray(value)) return value.map((one) => interpolated(one, variables))
  if (typeof value !== 'string') return value
  return value.replaceAll(reference, (written, name?: string, otherwise?: string, plain?: string) => {
    if (written === '$$') return '$'
    if (name !== undefined && otherwise !== undefined) return interpolated(otherwise, variables) as string
    if (name !== undefined || plain !== undefined) variables.add(written)
    return written
  })
}

/** A variable in a compose file. Its default may have variables too, such as `${A:-${B:-c}}`. */
const reference = /\$\$|\$\{(\w+)(?::?-((?:\$\{[^{}]{0,500}\}|[^{}]){0,500})|:?[?+][^}]{0,500})?\}|\$(\w+)/g

/** Writes an entry of a list for the list of what is not taken over. */
export function writtenAs(entry: unknown): string {
  const text = textOf(entry)
  return text ?? [...mapOf(entry)].map(([key, value]) => `${key}=${textOf(value) ?? '…'}`).join(', ')
}
