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
  'build.target-missing': {
    what: 'The Dockerfile has no stage {target}.',
    todo: 'Enter the name of a stage, or leave the field empty for the last stage.',
  },
  'build.failed': {
    what: 'The build of {name} failed.',
    todo: 'Open the build: its page shows the failed step and the line of the Dockerfile.',
  },
  'build.file-unreadable': {
    what: 'Berth cannot read {path}, which the build takes along.',
    todo: 'Allow your user to read it, or exclude it in .dockerignore.',
  },
  'build.file-changed': {
    what: '{path} changed while Berth sent it to the machine.',
    todo: 'Build again when no program writes to this file.',
  },
  'build.ignore-invalid': {
    what: '{path} has a line that is no pattern: {pattern}',
    todo: 'Correct this line, for example by closing its bracket.',
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
