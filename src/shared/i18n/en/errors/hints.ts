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
  'hint.system-folder': {
    what: '{folder} cannot move to a volume, because it is a folder of the system or its name is no text.',
    todo: 'Let the program write its data to a folder of its own, such as /data. Then move that folder.',
  },
} satisfies Partial<ErrorTexts>
