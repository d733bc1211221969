import { onScopeDispose } from 'vue'

/** Keys belong to whoever is typed into, and to an open dialog. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target
  if (!(target instanceof HTMLElement)) return false
  return target.closest('input, textarea, select, [contenteditable], [role="dialog"], .xterm') !== null
}

function onKeydown(listener: (event: KeyboardEvent) => void): void {
  window.addEventListener('keydown', listener)
  onScopeDispose(() => {
    window.removeEventListener('keydown', listener)
  })
}

/** `/` anywhere but in a field. */
export function onSearchShortcut(focus: () => void): void {
  onKeydown((event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return
    event.preventDefault()
    focus()
  })
}

/** Ctrl+K, or Command+K. */
export function onCommandsShortcut(open: () => void): void {
  onKeydown((event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
    if (event.target instanceof HTMLElement && event.target.closest('.xterm') !== null) return
    event.preventDefault()
    open()
  })
}
