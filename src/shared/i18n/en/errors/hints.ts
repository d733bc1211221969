import type { ErrorTexts } from '../../texts'

export const hints = {
  'hint.gone': {
    what: 'The cause of this hint is already gone.',
    todo: 'Nothing is left to do.',
  },
  'hint.compose': {
    what: 'Compose manages {container}, and would take the change back.',
    todo: 'Change the compose file of its project.',
  },
} satisfies Partial<ErrorTexts>
