import { onScopeDispose, ref, shallowRef, type ShallowRef } from 'vue'
import { dropPlace, type DropPlace } from '../lib/drag-order'

/** The pixels that the pointer moves before a press becomes a drag. */
const threshold = 5
/** A pointer that is this close to an end of the list makes the list scroll, in pixels. */
const edge = 28
/** The pixels by which the list scrolls in each frame. */
const scrollStep = 10

/**
 * Lets the user order the items of a horizontal list by dragging them. The items are the elements in `container` with
 * `data-drag`, which has their key. Escape cancels a drag. The click that ends a drag does not reach the item.
 */
export function useDragOrder({
  container,
  move,
}: {
  /** The list. It scrolls if it is too long. */
  container: Readonly<ShallowRef<HTMLElement | null>>
  move: (key: string, place: DropPlace) => void
}) {
  /** The key of the item that the user drags. */
  const dragged = ref<string>()
  /** Where the item would land. */
  const place = shallowRef<DropPlace>()
  let pressed: AbortController | undefined
  let x = 0

  function update(): void {
    const elements = [...(container.value?.querySelectorAll<HTMLElement>('[data-drag]') ?? [])]
    const items = elements.map((element) => {
      const { left, width } = element.getBoundingClientRect()
      return { key: element.dataset.drag ?? '', left, width }
    })
    place.value = dragged.value === undefined ? undefined : dropPlace(items, dragged.value, x)
  }
  function scrollAtEdges(): void {
    const list = container.value
    if (dragged.value === undefined || list === null) return
    const { left, right } = list.getBoundingClientRect()
    if (x < left + edge) list.scrollLeft -= scrollStep
    else if (x > right - edge) list.scrollLeft += scrollStep
    update()
    requestAnimationFrame(scrollAtEdges)
  }
  function end(): void {
    pressed?.abort()
    pressed = undefined
    dragged.value = undefined
    place.value = undefined
  }
  function begin(key: string, pointerId: number): void {
    dragged.value = key
    container.value?.setPointerCapture(pointerId)
    requestAnimationFrame(scrollAtEdges)
  }
  /** Keeps the click that follows the end of a drag from the item. */
  function swallowClick(): void {
    const swallow = (event: Event): void => {
      event.preventDefault()
      event.stopPropagation()
    }
    addEventListener('click', swallow, { capture: true, once: true })
    setTimeout(() => {
      removeEventListener('click', swallow, { capture: true })
    }, 0)
  }

  /** Call this when the user presses an item. */
  function press(event: PointerEvent, key: string): void {
    if (event.button !== 0) return
    end()
    const from = event.clientX
    const { pointerId } = event
    pressed = new AbortController()
    const options = { signal: pressed.signal, capture: true }
    addEventListener(
      'pointermove',
      (moved) => {
        if (moved.pointerId !== pointerId) return
        x = moved.clientX
        if (dragged.value === undefined && Math.abs(x - from) >= threshold) begin(key, pointerId)
        update()
      },
      options,
    )
    addEventListener(
      'pointerup',
      (released) => {
        if (released.pointerId !== pointerId) return
        const wanted = place.value
        if (dragged.value !== undefined) swallowClick()
        end()
        if (wanted !== undefined) move(key, wanted)
      },
      options,
    )
    addEventListener('pointercancel', end, options)
    addEventListener(
      'keydown',
      (pressedKey) => {
        if (pressedKey.key !== 'Escape' || dragged.value === undefined) return
        // The button is still pressed. Its release must not click the item.
        addEventListener('pointerup', swallowClick, { capture: true, once: true })
        pressedKey.preventDefault()
        pressedKey.stopPropagation()
        end()
      },
      options,
    )
  }
  onScopeDispose(end)

  return { dragged, place, press }
}
