export interface TableColumn<T> {
  key: string
  label: string
  /** The CSS grid track of the column, e.g. `minmax(8rem, 2fr)`. */
  width: string
  /** The minimum width of the table at which the column is visible, in pixels. */
  from?: number
  /** Returns the value to sort by. Without this function, the user cannot sort by the column. */
  sort?: (row: T) => string | number
  align?: 'end'
}

/** Returns the columns that are visible in a table of this width. */
export function columnsFor<T>(columns: readonly TableColumn<T>[], width: number): TableColumn<T>[] {
  return columns.filter(({ from = 0 }) => width >= from)
}

export interface SortOrder {
  key: string
  descending: boolean
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Compares texts in natural order (`web-2` before `web-10`), and numbers by value. */
function compare(a: string | number, b: string | number): number {
  return typeof a === 'string' && typeof b === 'string' ? collator.compare(a, b) : Number(a) - Number(b)
}

/** Returns a sorted copy. Rows with equal values keep their order. */
export function sortRows<T>(
  rows: readonly T[],
  value: (row: T) => string | number,
  descending: boolean,
): T[] {
  const direction = descending ? -1 : 1
  return [...rows].sort((a, b) => direction * compare(value(a), value(b)))
}

/**
 * Returns the index of the row to which a key moves the focus. Returns undefined if the key does not move the focus.
 * The table has `count` rows, and `page` of them are visible.
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
