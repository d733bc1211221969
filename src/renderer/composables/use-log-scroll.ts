import { useVirtualizer } from '@tanstack/vue-virtual'
import { computed, nextTick, ref, type Ref } from 'vue'

/** Where a log is after the user has scrolled. In pixels. */
export interface LogScroll {
  top: number
  /** From the last visible pixel to the end of the rows. */
  distance: number
  /** Whether the user has scrolled down. */
  down: boolean
}

/**
 * The place of a log's view among its rows. Only the visible rows are rendered. The view follows new rows at the end
 * until the user scrolls back. New rows never turn `following` off.
 */
export function useLogScroll<Row>(options: {
  scroller: Readonly<Ref<HTMLElement | null>>
  rows: Readonly<Ref<readonly Row[]>>
  keyOf: (row: Row) => string | number
  following: Ref<boolean>
  /** Called at the keys Home and End. */
  toStart: () => void
  toEnd: () => void
}) {
  const { scroller, rows, keyOf, following, toStart, toEnd } = options
  /** The index of the first row in view. */
  const topIndex = ref(0)
  let dragging = false
  let lastTop = 0

  const virtualizer = useVirtualizer(
    computed(() => ({
      count: rows.value.length,
      getScrollElement: () => scroller.value,
      estimateSize: () => 20,
      getItemKey: (index: number) => {
        const row = rows.value[index]
        return row === undefined ? index : keyOf(row)
      },
      overscan: 20,
    })),
  )
  const visible = computed(() =>
    virtualizer.value.getVirtualItems().flatMap(({ index, start, key }) => {
      const row = rows.value[index]
      return row === undefined ? [] : [{ index, start, row, key: String(key) }]
    }),
  )
  function measure(element: unknown): void {
    if (element instanceof HTMLElement) virtualizer.value.measureElement(element)
  }

  /** Remembers the place to which the view has scrolled without the user. */
  function settle(): void {
    lastTop = scroller.value?.scrollTop ?? 0
    updateTop()
  }
  function updateTop(): void {
    if (scroller.value === null) return
    topIndex.value = virtualizer.value.getVirtualItemForOffset(scroller.value.scrollTop)?.index ?? 0
  }
  function setTop(top: number): void {
    scroller.value?.scrollTo({ top: Math.max(0, top), behavior: 'instant' })
    settle()
  }
  async function scrollToEnd(): Promise<void> {
    await nextTick()
    // The user may have scrolled back since this function was called.
    if (following.value) setTop(scroller.value?.scrollHeight ?? 0)
  }
  async function scrollToRow(index: number, align: 'start' | 'center'): Promise<void> {
    await nextTick()
    virtualizer.value.scrollToIndex(index, { align, behavior: 'auto' })
    await nextTick()
    settle()
  }
  /** Applies a change of the rows. Then scrolls, so that the first visible row stays at its place. */
  function keepPlace(change: () => void): void {
    const top = scroller.value?.scrollTop ?? 0
    const item = scroller.value === null ? undefined : virtualizer.value.getVirtualItemForOffset(top)
    change()
    if (following.value || item === undefined) return
    void nextTick(() => {
      virtualizer.value.getTotalSize()
      const index = rows.value.findIndex((row) => keyOf(row) === item.key)
      const start = virtualizer.value.measurementsCache[index]?.start
      if (start !== undefined) setTop(start + top - item.start)
    })
  }

  function onWheel({ deltaY }: WheelEvent): void {
    if (deltaY < 0) following.value = false
  }
  function onKeydown(event: KeyboardEvent): void {
    const { key } = event
    if (['ArrowUp', 'PageUp', 'Home'].includes(key)) following.value = false
    if (key !== 'Home' && key !== 'End') return
    // Jump, because a new line would interrupt the browser's smooth scrolling in the middle of the log.
    event.preventDefault()
    if (key === 'Home') toStart()
    else toEnd()
  }
  function onPointerdown(): void {
    dragging = true
  }
  function onPointerup(): void {
    dragging = false
  }
  /** Call this at each scroll event. Returns undefined if the user has not scrolled. */
  function readScroll(): LogScroll | undefined {
    if (scroller.value === null) return undefined
    const { scrollTop: top, scrollHeight, clientHeight } = scroller.value
    const before = lastTop
    settle()
    if (top === before) return undefined
    return { top, distance: scrollHeight - top - clientHeight, down: top > before }
  }
  /** Stops following when the user drags back. Resumes following at the end, unless newer rows are not loaded yet. */
  function updateFollowing({ distance, down }: LogScroll, isNewest: boolean): void {
    if (dragging && !down && distance > 40) following.value = false
    else if (down && distance < 8 && isNewest) following.value = true
  }

  return {
    virtualizer,
    visible,
    measure,
    topIndex,
    setTop,
    scrollToEnd,
    scrollToRow,
    keepPlace,
    onWheel,
    onKeydown,
    onPointerdown,
    onPointerup,
    readScroll,
    updateFollowing,
  }
}
