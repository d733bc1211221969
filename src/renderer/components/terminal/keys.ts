import type { Terminal } from '@xterm/xterm'
import { letterOf } from '../../lib/keys'

type Key = Pick<KeyboardEvent, 'type' | 'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>

/** The actions of the keys that Berth handles in a terminal. The browser itself does `paste`. */
export type TerminalAction =
  | 'leave'
  | 'copy'
  | 'paste'
  | 'find'
  | 'clear'
  | 'larger'
  | 'smaller'
  | 'usual-size'
  | 'new-tab'
  | 'next-tab'
  | 'previous-tab'

/** The keys that change the font size. No terminal sends a code for these keys. */
function sizeAction({ key }: Key): TerminalAction | undefined {
  if (key === '=' || key === '+') return 'larger'
  if (key === '-') return 'smaller'
  return key === '0' ? 'usual-size' : undefined
}

/** Control and Shift together have no codes of their own in a terminal, so programs do not miss these keys. */
function controlShiftAction(event: Key): TerminalAction | undefined {
  switch (event.code) {
    case 'Escape':
      return 'leave'
    case 'Backquote':
      return 'new-tab'
    case 'PageDown':
      return 'next-tab'
    case 'PageUp':
      return 'previous-tab'
    default:
      return undefined
  }
}

const letterActions: Partial<Record<string, TerminalAction>> = { c: 'copy', v: 'paste', f: 'find' }

/** Returns the action of a key that Berth handles. Returns undefined for any key that the terminal should receive. */
export function ownKey(event: Key, hasSelection: boolean, mac: boolean): TerminalAction | undefined {
  if (event.type !== 'keydown' || event.altKey) return undefined
  if (event.metaKey) {
    if (!mac || event.ctrlKey) return undefined
    // The browser itself copies and pastes with Command.
    const letter = letterOf(event)
    if (letter === 'f') return 'find'
    return letter === 'k' ? 'clear' : sizeAction(event)
  }
  if (!event.ctrlKey) return undefined
  if (event.shiftKey) {
    const action = controlShiftAction(event)
    if (action !== undefined || mac) return action
    return letterActions[letterOf(event)] ?? (event.key === '+' ? 'larger' : undefined)
  }
  if (mac) return undefined
  // As in other terminals, Ctrl+C copies the selected text. Without a selection, Ctrl+C interrupts the program.
  if (letterOf(event) === 'c') return hasSelection ? 'copy' : undefined
  return sizeAction(event)
}

/** Handles Berth's own keys of a terminal. */
export function handleOwnKeys(terminal: Terminal, mac: boolean, act: (action: TerminalAction) => void): void {
  terminal.attachCustomKeyEventHandler((event) => {
    const action = ownKey(event, terminal.hasSelection(), mac)
    if (action === undefined) return true
    // The browser pastes into the terminal's text field, so that it need not ask for permission.
    if (action !== 'paste') event.preventDefault()
    act(action)
    return false
  })
}
