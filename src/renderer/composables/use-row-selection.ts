import { ref, type Ref } from 'vue'

export interface RowSelectionOptions {
  /** The keys of the shown rows, in the order of the table. */
  keys: Ref<readonly string[]>
  /** The keys of the selected rows. Undefined if the table has no selection. */
  selected: () => ReadonlySet<string> | undefined
  change: (selected: Set<string>) => void
}

/** The selection of a table: single rows, ranges from the last selected row, and all shown rows. */
export function useRowSelection({ keys, selected, change }: RowSelectionOptions) {
  /** The row at which a range begins. */
  const anchor = ref<string>()

  /** Selects a row, or ends its selection. The next range begins at this row. */
  function toggle(key: string): void {
    const next = new Set(selected())
    if (!next.delete(key)) next.add(key)
    anchor.value = key
    change(next)
  }
  /** Selects every row between the start of the range and this row. */
  function extendTo(key: string): void {
    const from = anchor.value === undefined ? -1 : keys.value.indexOf(anchor.value)
    const to = keys.value.indexOf(key)
    if (to === -1) return
    if (from === -1) anchor.value = key
    const [first, last] = from === -1 ? [to, to] : [Math.min(from, to), Math.max(from, to)]
    change(new Set([...(selected() ?? []), ...keys.value.slice(first, last + 1)]))
  }
  /** Selects these rows. If all of them are selected, ends their selection. */
  function toggleAll(some: readonly string[] = keys.value): void {
    const before = selected() ?? new Set<string>()
    const all = new Set(some)
    if (some.every((key) => before.has(key))) change(new Set([...before].filter((key) => !all.has(key))))
    else change(new Set([...before, ...some]))
  }
  /** Says whether all, some or none of these rows are selected. */
  function stateOf(some: readonly string[] = keys.value): 'true' | 'false' | 'mixed' {
    const before = selected()
    if (before === undefined || before.size === 0 || some.length === 0) return 'false'
    const count = some.filter((key) => before.has(key)).length
    return count === 0 ? 'false' : count === some.length ? 'true' : 'mixed'
  }
  /** Selects all shown rows, in addition to selected rows that are not shown. */
  function selectAll(): void {
    change(new Set([...(selected() ?? []), ...keys.value]))
  }
  function clear(): void {
    anchor.value = undefined
    change(new Set())
  }

  return { anchor, toggle, extendTo, toggleAll, stateOf, selectAll, clear }
}
