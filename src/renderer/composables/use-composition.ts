import { useEventListener } from '@vueuse/core'

/** The `keyCode` of a key that an input method handles (UI Events, section 9.2). */
const handledByInputMethod = 229

/**
 * True for a key that belongs to a composition, such as the Enter that ends a Korean syllable. Safari reports that
 * Enter after the end of the composition: only its `keyCode` tells.
 */
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing has replaced it for Safari
  return event.isComposing || event.keyCode === handledByInputMethod
}

/**
 * Keeps the keys of compositions from every handler of the window, and keeps Enter from submitting a form. Terminals
 * have a handling of their own.
 */
export function useCompositionKeys(): void {
  useEventListener(
    window,
    'keydown',
    (event) => {
      if (!isComposing(event)) return
      if (event.target instanceof HTMLElement && event.target.closest('.xterm') !== null) return
      event.stopPropagation()
      if (event.key === 'Enter') event.preventDefault()
    },
    { capture: true },
  )
}
