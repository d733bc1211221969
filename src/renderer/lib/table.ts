export interface TableColumn<T> {
  key: string
  label: string
  /** The CSS grid track of the column, e.g. `minmax(8rem, 2fr)`. */
  width: string
  /** The minimum width of the table at which the column is visible, in pixels. */
  from?: number
  /** The minimum width of the column in pixels, as in `width`. With it, a column is left out if it does not fit. */
  least?: number
  /** Returns the value to sort by. Without this function, the user cannot sort by the column. */
  sort?: (row: T) => string | number
  align?: 'end'
  /** True if the user cannot hide the column. Such a column stays at the start. */
  fixed?: boolean
  /** True if the column is hidden until the user chooses it. */
  optional?: boolean
}

/** A part of a table. With a header, the user can fold the part. */
export interface TableSection<T> {
  key: string
  rows: readonly T[]
  header?: { label: string; open: boolean }
}

/** A line of a table with sections: the header of a section, or a row. */
export type TableItem<T> =
  { kind: 'header'; key: string; section: TableSection<T> } | { kind: 'row'; key: string; row: T }

/** The pixels between two columns. */
const columnGap = 12
/** No column needs a larger part of the table than this. */
const largestPart = 0.3

/**
 * Returns the columns that are visible in a table of this width. If they do not fit, because the user has chosen many
 * columns, the columns with the largest `from` are left out. `reserved` is the width of everything but the columns.
 */
export function columnsFor<T>(
  columns: readonly TableColumn<T>[],
  width: number,
  reserved = 0,
): TableColumn<T>[] {
  const needed = ({ least = 0 }: TableColumn<T>) => Math.min(least, width * largestPart) + columnGap
  const byRank = columns
    .filter(({ from = 0 }) => width >= from)
    .sort((a, b) => Number(b.fixed ?? false) - Number(a.fixed ?? false) || (a.from ?? 0) - (b.from ?? 0))
  let used = reserved
  const fitting = new Set(
    byRank.filter((column) => {
      used += needed(column)
      return column.least === undefined || column.fixed === true || used <= width
    }),
  )
  return columns.filter((column) => fitting.has(column))
}

export interface SortOrder {
  key: string
  descending: boolean
}

/** Sorts `web-2` before `web-10`. */
export const naturalOrder = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Compares texts in natural order, and numbers by value. */
function compare(a: string | number, b: string | number): number {
  return typeof a === 'string' && typeof b === 'string' ? naturalOrder.compare(a, b) : Number(a) - Number(b)
}

interface SortedBy<T> {
  key: (row: T) => string
  value: (row: T) => string | number
  descending: boolean
}

/**
 * Sorts the rows of a table again after each change. Begins with the previous order, because sorting an almost sorted
 * list is about ten times as fast. Rows with equal values keep their order in the input.
 */
export class RowSorter<T> {
  #places = new Map<string, number>()

  /** Returns a sorted copy. Each key must be unique. */
  sort(rows: readonly T[], { key, value, descending }: SortedBy<T>): T[] {
    const direction = descending ? -1 : 1
    const entries = rows.map((row, index) => {
      const id = key(row)
      return { row, id, index, value: value(row), place: this.#places.get(id) ?? rows.length + index }
    })
    entries.sort((a, b) => a.place - b.place)
    entries.sort((a, b) => direction * compare(a.value, b.value) || a.index - b.index)
    this.#places = new Map(entries.map(({ id }, place) => [id, place]))
    return entries.map(({ row }) => row)
  }
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
