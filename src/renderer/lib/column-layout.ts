import { moveTo, type DropPlace } from './drag-order'
import type { SortOrder, TableColumn } from './table'

/** What the user has changed in the columns of a table. */
export interface ColumnLayout {
  /** The keys of the columns in the user's order. Empty until the user moves a column. */
  order: string[]
  /** The columns that the user has shown or hidden. */
  shown: Record<string, boolean>
  sort?: SortOrder | undefined
}

type Column = Pick<TableColumn<never>, 'key' | 'fixed' | 'optional'>

/** Puts columns into the user's order. A column that the order does not name follows the column before it. */
export function arrangeColumns<C extends Column>(columns: readonly C[], order: readonly string[]): C[] {
  const place = new Map(order.map((key, index) => [key, index]))
  let last = -1
  const placed = columns.map((column) => {
    const own = place.get(column.key)
    if (own !== undefined) last = own
    return { column, at: column.fixed ? -1 : (own ?? last + 0.5) }
  })
  return placed.sort((a, b) => a.at - b.at).map(({ column }) => column)
}

/** Says whether a column is shown: as the user has chosen, otherwise by default. */
export function isShown(column: Column, { shown }: Pick<ColumnLayout, 'shown'>): boolean {
  if (column.fixed === true) return true
  return Object.hasOwn(shown, column.key) ? shown[column.key] === true : column.optional !== true
}

/** Returns the order of the columns after the user has dropped one. A fixed column keeps its place. */
export function dropColumn(columns: readonly Column[], moved: string, place: DropPlace): string[] {
  const keys = columns.map((column) => column.key)
  const isFixed = columns.some(({ key, fixed }) => fixed === true && [moved, place.key].includes(key))
  return isFixed ? keys : moveTo(keys, moved, place)
}

/** Returns the order of the columns after one column has moved by one place. A fixed column keeps its place. */
export function moveColumn(columns: readonly Column[], key: string, by: -1 | 1): string[] {
  const keys = columns.map((column) => column.key)
  const from = keys.indexOf(key)
  const to = from + by
  const [moved, other] = [columns[from], columns[to]]
  if (moved === undefined || other === undefined || moved.fixed === true || other.fixed === true) return keys
  keys[from] = other.key
  keys[to] = moved.key
  return keys
}
