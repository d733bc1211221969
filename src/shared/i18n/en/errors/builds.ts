import type { ErrorTexts } from '../../texts'

export const builds = {
  'build.folder-missing': {
    what: 'There is no folder {path} on this computer.',
    todo: 'Enter the full path of the folder that contains the Dockerfile.',
  },
  'build.dockerfile-missing': {
    what: 'Berth cannot read the Dockerfile {path}.',
    todo: 'Create this file, or enter the path of the Dockerfile relative to the folder.',
  },
  'build.not-found': {
    what: 'This build no longer exists.',
    todo: 'Go back to the list of builds.',
  },
  'build.history-failed': {
    what: 'BuildKit could not read or change its history of builds.',
    todo: 'Try again. If this happens again, restart the machine.',
  },
} satisfies Partial<ErrorTexts>
