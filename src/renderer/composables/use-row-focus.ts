import { computed, nextTick, ref, watch, type Ref } from 'vue'
import { nextRow } from '../lib/table'

export interface RowFocusOptions {
  /** The keys of the rows, in the order of the table. */
  keys: Ref<readonly string[]>
  grid: Ref<HTMLElement | null>
  scrollTo: (index: number) => void
  rowsOnPage: () => number
}

const focusable = 'a[href], button:not(:disabled), input, [tabindex="0"]'

/**
 * Gives a table a single tab stop. The up and down keys move the focus between rows. The left and right keys move the
 * focus between the controls of a row.
 */
export function useRowFocus({ keys, grid, scrollTo, rowsOnPage }: RowFocusOptions) {
  const activeKey = ref<string>()
  const activeIndex = computed(() => {
    const index = activeKey.value === undefined ? -1 : keys.value.indexOf(activeKey.value)
    return index === -1 ? 0 : index
  })

  function rowElement(index: number): HTMLElement | null {
    return grid.value?.querySelector<HTMLElement>(`[data-row="${String(index)}"]`) ?? null
  }
  async function focusRow(index: number): Promise<void> {
    activeKey.value = keys.value[index]
    scrollTo(index)
    await nextTick()
    rowElement(index)?.focus({ preventScroll: true })
  }
  function moveWithinRow(row: HTMLElement, backwards: boolean): void {
    const stops = [row, ...row.querySelectorAll<HTMLElement>(focusable)]
    const current = stops.findIndex((stop) => stop === document.activeElement)
    stops[Math.max(0, current + (backwards ? -1 : 1))]?.focus()
  }
  function onKeydown(event: KeyboardEvent, index: number): void {
    const row = rowElement(index)
    if (row === null || event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      event.preventDefault()
      moveWithinRow(row, event.key === 'ArrowLeft')
      return
    }
    const next = nextRow(event.key, index, keys.value.length, rowsOnPage())
    if (next === undefined) return
    event.preventDefault()
    void focusRow(next)
  }

  // If the focused row is removed, focus a neighbouring row.
  watch(
    keys,
    (current, previous) => {
      if (activeKey.value === undefined || current.includes(activeKey.value)) return
      const hadFocus = grid.value?.contains(document.activeElement) ?? false
      const index = Math.min(Math.max(0, previous.indexOf(activeKey.value)), current.length - 1)
      activeKey.value = current[index]
      if (hadFocus && index >= 0) void focusRow(index)
    },
    { flush: 'pre' },
  )

  return { activeKey, activeIndex, rowElement, onKeydown }
}
