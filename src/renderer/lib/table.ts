export interface TableColumn<T> {
  key: string
  label: string
  /** A track of CSS grid, e.g. `minmax(8rem, 2fr)`. */
  width: string
  /** The least width of the table that has room for the column, in pixels. */
  from?: number
  /** The value to sort by; a column without it cannot be sorted. */
  sort?: (row: T) => string | number
  align?: 'end'
}

/** The columns that a table of this width has room for. */
export function columnsFor<T>(columns: readonly TableColumn<T>[], width: number): TableColumn<T>[] {
  return columns.filter(({ from = 0 }) => width >= from)
}

export interface SortOrder {
  key: string
  descending: boolean
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Compares texts as a reader would (`web-2` before `web-10`), and anything else by value. */
function compare(a: string | number, b: string | number): number {
  return typeof a === 'string' && typeof b === 'string' ? collator.compare(a, b) : Number(a) - Number(b)
}

/** Returns a sorted copy. Rows that compare equal keep their order. */
export function sortRows<T>(
  rows: readonly T[],
  value: (row: T) => string | number,
  descending: boolean,
): T[] {
  const direction = descending ? -1 : 1
  return [...rows].sort((a, b) => direction * compare(value(a), value(b)))
}

/**
 * The row that a key moves the focus to, undefined when it does not move the focus. The table has `count` rows and
 * shows `page` of them.
 */
export function nextRow(key: string, current: number, count: number, page: number): number | undefined {
  if (count === 0) return undefined
  const last = count - 1
  switch (key) {
    case 'ArrowDown':
      return Math.min(current + 1, last)
    case 'ArrowUp':
      return Math.max(current - 1, 0)
    case 'PageDown':
      return Math.min(current + page, last)
    case 'PageUp':
      return Math.max(current - page, 0)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}
