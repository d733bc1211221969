import { useEventListener } from '@vueuse/core'

/** True if a field, an open dialog or a terminal has the focus and so receives the key. */
function isTaken({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.closest('input, textarea, select, [contenteditable], [role="dialog"], .xterm') !== null
}

/** `/`, except in a field. */
export function onSearchShortcut(focus: () => void): void {
  useEventListener(window, 'keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return
    event.preventDefault()
    focus()
  })
}

/** Ctrl+K or Command+K, except in a terminal. */
export function onCommandsShortcut(open: () => void): void {
  useEventListener(window, 'keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
    if (event.target instanceof HTMLElement && event.target.closest('.xterm') !== null) return
    event.preventDefault()
    open()
  })
}
