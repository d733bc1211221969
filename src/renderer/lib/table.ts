export interface TableColumn<T> {
  key: string
  label: string
  /** A track of CSS grid, e.g. `minmax(8rem, 2fr)`. */
  width: string
  /** The column is shown from this width of the table on, in pixels. */
  from?: number
  /** What the column is sorted by; a column without it cannot be sorted. */
  sort?: (row: T) => string | number
  align?: 'end'
}

/** The columns that a table of this width has room for. */
export function columnsFor<T>(columns: readonly TableColumn<T>[], width: number): TableColumn<T>[] {
  return columns.filter(({ from = 0 }) => width >= from)
}
