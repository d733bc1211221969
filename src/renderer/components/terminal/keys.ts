import type { Terminal } from '@xterm/xterm'

/** The action of a key that Berth handles itself. The terminal receives every other key. */
export function ownKey(
  event: Pick<KeyboardEvent, 'type' | 'key' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>,
  hasSelection: boolean,
): 'leave' | 'copy' | undefined {
  if (event.type !== 'keydown' || !event.ctrlKey || event.altKey || event.metaKey) return undefined
  if (event.shiftKey && event.key === 'Escape') return 'leave'
  // Like other terminals: Ctrl+C copies a selection, and interrupts only if there is none.
  return event.key.toLowerCase() === 'c' && hasSelection ? 'copy' : undefined
}

/** Lets the user leave the terminal and copy from it with the keyboard. */
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
