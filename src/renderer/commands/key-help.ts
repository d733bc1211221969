import type { Keys } from '../lib/keys'

/** Keys that belong to a part of a page, and so are no commands of the registry. */
export interface KeyHelp {
  /** The key of the description under `commands.keys`. */
  text: string
  keys: Keys
  /** The keys on macOS, if they differ in more than Command for Control. */
  mac?: Keys
}

export const keyHelp: Record<'lists' | 'logs' | 'shells', readonly KeyHelp[]> = {
  lists: [
    { text: 'search', keys: '/' },
    { text: 'rowDown', keys: 'ArrowDown' },
    { text: 'rowUp', keys: 'ArrowUp' },
    { text: 'withinRow', keys: 'ArrowRight' },
    { text: 'firstRow', keys: 'Home' },
    { text: 'lastRow', keys: 'End' },
    { text: 'openRow', keys: 'Enter' },
    { text: 'selectRow', keys: 'Space' },
    { text: 'extend', keys: 'shift+ArrowDown' },
    { text: 'selectAll', keys: 'mod+a' },
  ],
  logs: [
    { text: 'older', keys: 'Enter' },
    { text: 'newer', keys: 'shift+Enter' },
    { text: 'clearSearch', keys: 'Escape' },
  ],
  shells: [
    { text: 'copy', keys: 'ctrl+shift+c', mac: 'mod+c' },
    { text: 'paste', keys: 'ctrl+shift+v', mac: 'mod+v' },
    { text: 'find', keys: 'ctrl+shift+f', mac: 'mod+f' },
    { text: 'larger', keys: 'mod+Plus' },
    { text: 'smaller', keys: 'mod+Minus' },
    { text: 'newTab', keys: 'ctrl+shift+Backquote' },
    { text: 'nextTab', keys: 'ctrl+shift+PageDown' },
    { text: 'previousTab', keys: 'ctrl+shift+PageUp' },
    { text: 'moveTab', keys: 'shift+ArrowRight' },
    { text: 'leave', keys: 'ctrl+shift+Escape' },
  ],
}
