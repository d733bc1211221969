import type { Terminal } from '@xterm/xterm'

/** Which of Berth's own keys this is: a terminal swallows every other one. */
export function ownKey(
  event: Pick<KeyboardEvent, 'type' | 'key' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>,
  hasSelection: boolean,
): 'leave' | 'copy' | undefined {
  if (event.type !== 'keydown' || !event.ctrlKey || event.altKey || event.metaKey) return undefined
  if (event.shiftKey && event.key === 'Escape') return 'leave'
  // Ctrl+C interrupts, unless something is selected: then it copies, as other terminals have it.
  return event.key.toLowerCase() === 'c' && hasSelection ? 'copy' : undefined
}

/** Lets the keyboard leave the terminal, and copy from it. */
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
