import { useEventListener } from '@vueuse/core'
import { isTypable, KeySequences, type Keys } from '../lib/keys'
import { usePreferences } from '../stores/preferences'

interface KeyBinding {
  keys: Keys
  run: () => void
}

/** What takes the keys that a user can type. In menus and lists, they find the entry that begins with them. */
const takers =
  'input, textarea, select, [contenteditable], [role="dialog"], [role="menu"], [role="listbox"], [role="combobox"], .xterm'

/** Returns true if the key belongs to a field, a menu, an open dialog or a terminal, because it has the focus. */
function isTaken({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.closest(takers) !== null
}

/**
 * Runs a binding when the user presses its keys. Keys that a user can type belong to fields, menus, dialogs and
 * terminals, if one of these has the focus. The user can turn these keys off. Other keys do not work in a terminal
 * only.
 */
export function useShortcuts(bindings: () => readonly KeyBinding[]): void {
  const preferences = usePreferences()
  const sequences = new KeySequences<KeyBinding>()
  useEventListener(window, 'keydown', (event) => {
    if (event.defaultPrevented || ['Shift', 'Control', 'Meta', 'Alt'].includes(event.key)) return
    const typing = isTaken(event) || !preferences.typableKeys
    const inTerminal = event.target instanceof HTMLElement && event.target.closest('.xterm') !== null
    const possible = bindings().filter(({ keys }) => (isTypable(keys) ? !typing : !inTerminal))
    const found = sequences.press(event, event.timeStamp, possible)
    if (found === undefined) return
    event.preventDefault()
    found.run()
  })
}

/** Calls `focus` when the user presses `/`, except in a field, a menu, a dialog or a terminal. */
export function onSearchShortcut(focus: () => void, hasField: () => boolean = () => true): void {
  useShortcuts(() => (hasField() ? [{ keys: '/', run: focus }] : []))
}
