/** Whether every word of the query stands in one of the texts, in whatever case. */
export function matches(query: string, texts: readonly string[]): boolean {
  const haystack = texts.join('\n').toLocaleLowerCase()
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word))
}

export interface SortOrder {
  key: string
  descending: boolean
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Texts in the reader's order (`web-2` before `web-10`), anything else by value. */
function compare(a: string | number, b: string | number): number {
  return typeof a === 'string' && typeof b === 'string' ? collator.compare(a, b) : Number(a) - Number(b)
}

/** A sorted copy; rows that compare equal keep their order. */
export function sortRows<T>(
  rows: readonly T[],
  value: (row: T) => string | number,
  descending: boolean,
): T[] {
  const direction = descending ? -1 : 1
  return [...rows].sort((a, b) => direction * compare(value(a), value(b)))
}
