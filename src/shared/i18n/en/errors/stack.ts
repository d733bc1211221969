import type { ErrorTexts } from '../../texts'

export const stack = {
  'comparison.vm-failed': {
    what: 'The small VM for the comparison did not run: {reason}.',
    todo: 'Try again when this computer has less to do. Your machine and your containers are not affected.',
  },
  'comparison.container-failed': {
    what: 'The container for the comparison did not run: {reason}.',
    todo: 'Try again. If it fails again, open Diagnostics.',
  },
} satisfies Partial<ErrorTexts>
