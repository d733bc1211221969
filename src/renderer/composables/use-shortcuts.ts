import { useEventListener } from '@vueuse/core'

/** Returns true if the key belongs to a field, an open dialog or a terminal, because that element has the focus. */
function isTaken({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.closest('input, textarea, select, [contenteditable], [role="dialog"], .xterm') !== null
}

/** Calls `focus` when the user presses `/`, except in a field, a dialog or a terminal. */
export function onSearchShortcut(focus: () => void): void {
  useEventListener(window, 'keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return
    event.preventDefault()
    focus()
  })
}

/** Calls `open` when the user presses Ctrl+K or Command+K, except in a terminal. */
export function onCommandsShortcut(open: () => void): void {
  useEventListener(window, 'keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
    if (event.target instanceof HTMLElement && event.target.closest('.xterm') !== null) return
    event.preventDefault()
    open()
  })
}
