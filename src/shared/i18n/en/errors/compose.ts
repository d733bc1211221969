import type { ErrorTexts } from '../../texts'

export const compose = {
  'compose.not-found': {
    what: 'The project {name} no longer exists.',
    todo: 'Go back to the list of projects. If its files still exist, open its folder again.',
  },
  'compose.path-missing': {
    what: 'There is no file or folder {path} on this computer.',
    todo: 'Enter the full path of a folder with a compose file, or of the file itself.',
  },
  'compose.no-file': {
    what: 'There is no compose file in {folder}.',
    todo: 'Create a file compose.yaml there, or enter the path of a file with another name.',
  },
  'compose.file-missing': {
    what: 'The file {path} of this project does not exist.',
    todo: 'Restore the file, or choose other files in the project’s settings. Stop, start, restart and down work without it.',
  },
  'compose.files-unknown': {
    what: 'The containers of {name} do not say where the project’s files are.',
    todo: 'Open the project’s folder. Stop, start, restart and down work without it.',
  },
  'compose.name-invalid': {
    what: '{name} is not a name that compose accepts for a project.',
    todo: 'Another program has created these containers. Use the Containers page for them.',
  },
  'compose.name-taken': {
    what: 'There is already a project {name}, in the folder {folder}.',
    todo: 'Compose would mix the two projects. Give one of them another name, with “name:” at the top of its compose file.',
  },
  'compose.invalid': {
    what: 'Compose cannot use the files of this project.',
    todo: 'The details have compose’s message. Correct the files. Berth checks them again after each change.',
  },
  'compose.busy': {
    what: 'Another action on the project {name} is still running.',
    todo: 'Wait until it has ended, or cancel it on the project’s page.',
  },
  'compose.failed': {
    what: 'Compose could not complete this action on {name}.',
    todo: 'The details have the end of compose’s output, and the project’s page has all of it.',
  },
} satisfies Partial<ErrorTexts>
