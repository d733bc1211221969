import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** The inner size of an element in pixels, as it changes; 0 before it is on the page. */
export function useElementSize(element: Readonly<Ref<HTMLElement | null>>): {
  width: Ref<number>
  height: Ref<number>
} {
  const width = ref(0)
  const height = ref(0)
  const observer = new ResizeObserver((entries) => {
    const box = entries.at(-1)?.contentRect
    if (box === undefined) return
    width.value = box.width
    height.value = box.height
  })
  watch(
    element,
    (current, previous) => {
      if (previous) observer.unobserve(previous)
      if (current) observer.observe(current)
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => {
    observer.disconnect()
  })
  return { width, height }
}
