import type { ErrorTexts } from '../../texts'

export const projectFiles = {
  'compose-file.changed': {
    what: '{path} has changed on disk since it was opened. Nothing was saved.',
    todo: 'Compare your text with the file as it is now, then save or discard your changes.',
  },
  'compose-file.read-only': {
    what: '{path} cannot be changed.',
    todo: 'Share its folder with write access in the settings, or allow your user to change the file.',
  },
  'compose-file.too-large': {
    what: '{path} is larger than {limit}.',
    todo: 'Open it with another program.',
  },
  'compose-file.not-text': {
    what: '{path} is not a text in UTF-8.',
    todo: 'Open it with another program, or save it there as UTF-8.',
  },
  'compose-file.other-kind': {
    what: '{path} leads to {target}, which is no compose file, file with variables or Dockerfile.',
    todo: 'Replace the symbolic link by a file, or open the target with another program.',
  },
} satisfies Partial<ErrorTexts>
