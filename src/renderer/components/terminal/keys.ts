import type { Terminal } from '@xterm/xterm'

/** Returns the action of a key that Berth handles. Returns undefined for any key that the terminal should receive. */
export function ownKey(
  event: Pick<KeyboardEvent, 'type' | 'key' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>,
  hasSelection: boolean,
): 'leave' | 'copy' | undefined {
  if (event.type !== 'keydown' || !event.ctrlKey || event.altKey || event.metaKey) return undefined
  if (event.shiftKey && event.key === 'Escape') return 'leave'
  // As in other terminals, Ctrl+C copies the selected text. Without a selection, Ctrl+C interrupts the program.
  return event.key.toLowerCase() === 'c' && hasSelection ? 'copy' : undefined
}

/** Handles the keys that leave the terminal or copy its selected text. */
export function handleOwnKeys(terminal: Terminal, leave: () => void, failed: (error: unknown) => void): void {
  terminal.attachCustomKeyEventHandler((event) => {
    const key = ownKey(event, terminal.hasSelection())
    if (key === undefined) return true
    event.preventDefault()
    if (key === 'leave') leave()
    else {
      navigator.clipboard.writeText(terminal.getSelection()).catch(failed)
      terminal.clearSelection()
    }
    return false
  })
}
