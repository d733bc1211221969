export const terminal = {
  label: 'Terminal of {name}',
  machine: 'Machine',
  host: 'This computer',
  opening: 'Opening the shell …',
  ended: 'The shell has ended (exit code {code}).',
  endedUnknown: 'The shell has ended.',
  again: 'New shell',
  ownWindow: 'Open in new window',
  notRunning: 'A shell needs a running container.',
  start: 'Start',
  escapeHint: 'Ctrl+Shift+Esc leaves the terminal',
  truncated: 'Earlier output is not shown.',
}
