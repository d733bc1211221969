import { useEventListener } from '@vueuse/core'

/** The `keyCode` that browsers report for a key that an input method handles (UI Events, section 9.2). */
const handledByInputMethod = 229

/**
 * Returns true for a key that belongs to a composition, such as the Enter key that ends a Korean syllable. Safari
 * reports this Enter key after the composition has ended, so only `keyCode` identifies the key.
 */
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Safari has no replacement for `keyCode`
  return event.isComposing || event.keyCode === handledByInputMethod
}

/**
 * Hides the keys of a composition from all other key handlers in the window. Prevents an Enter key in a composition
 * from submitting a form. Terminals are exempt, because xterm handles compositions.
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
