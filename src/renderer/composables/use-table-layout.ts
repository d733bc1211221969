import { useStorage } from '@vueuse/core'
import { computed } from 'vue'
import { z } from 'zod'
import type { DropPlace } from '../lib/drag-order'
import type { SortOrder, TableColumn } from '../lib/table'
import { arrangeColumns, dropColumn, isShown, moveColumn, type ColumnLayout } from '../lib/column-layout'

const layoutSchema = z.object({
  order: z.array(z.string()),
  shown: z.record(z.string(), z.boolean()),
  sort: z.object({ key: z.string(), descending: z.boolean() }).optional(),
})

const serializer = {
  read: (text: string): ColumnLayout => {
    try {
      return layoutSchema.parse(JSON.parse(text))
    } catch {
      return { order: [], shown: {} }
    }
  },
  write: (layout: ColumnLayout) => JSON.stringify(layout),
}

/**
 * The columns that the user has chosen for a table, their order and the sort order. The browser's storage keeps them
 * for all windows.
 */
export function useTableLayout<T>(options: {
  /** The name of the table in the browser's storage. */
  table: string
  columns: () => TableColumn<T>[]
  sort: SortOrder
}) {
  const layout = useStorage<ColumnLayout>(
    `berth.table.${options.table}`,
    { order: [], shown: {} },
    localStorage,
    { serializer, shallow: true },
  )
  /** All columns in the user's order. */
  const all = computed(() =>
    arrangeColumns(options.columns(), layout.value.order).map((column) => ({
      column,
      shown: isShown(column, layout.value),
    })),
  )
  const columns = computed(() => all.value.flatMap(({ column, shown }) => (shown ? [column] : [])))
  const hidden = computed(() => all.value.flatMap(({ column, shown }) => (shown ? [] : [column])))
  const sort = computed(() => layout.value.sort ?? options.sort)

  function show(key: string, shown: boolean): void {
    layout.value = { ...layout.value, shown: { ...layout.value.shown, [key]: shown } }
  }
  /** Moves a column by one place. Returns its new place, counted from 1. */
  function move(key: string, by: -1 | 1): number {
    const order = moveColumn(
      all.value.map(({ column }) => column),
      key,
      by,
    )
    layout.value = { ...layout.value, order }
    return order.indexOf(key) + 1
  }
  /** Moves a column to the place at which the user has dropped it. */
  function drop(key: string, place: DropPlace): void {
    const columns = all.value.map(({ column }) => column)
    layout.value = { ...layout.value, order: dropColumn(columns, key, place) }
  }
  function setSort(order: SortOrder): void {
    layout.value = { ...layout.value, sort: order }
  }
  function reset(): void {
    layout.value = { order: [], shown: {}, ...(layout.value.sort ? { sort: layout.value.sort } : {}) }
  }

  return { all, columns, hidden, sort, show, move, drop, setSort, reset }
}
