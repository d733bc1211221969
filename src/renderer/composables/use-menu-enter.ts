/** What a handler reads of a KeyboardEvent. */
type MenuKey = Pick<KeyboardEvent, 'key' | 'isComposing' | 'stopPropagation'>

/**
 * Handles the keys of a text field with a menu of completions, before the menu does. The menu highlights its first
 * entry by itself. So Enter takes an entry only if the user has moved to one. Otherwise `close` closes the menu, and
 * the form gets the typed text.
 */
export function useMenuEnter(close: () => void): (event: MenuKey) => void {
  let hasMoved = false
  return (event) => {
    // This Enter ends the input of a character, for example a Korean one.
    if (event.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') hasMoved = true
    else if (event.key !== 'Enter') hasMoved = false
    else if (!hasMoved) {
      close()
      event.stopPropagation()
    }
  }
}
