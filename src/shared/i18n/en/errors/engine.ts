import type { ErrorTexts } from '../../texts'

export const engine = {
  'engine.unreachable': {
    what: 'The Docker Engine does not answer.',
    todo: 'Wait until the machine is running and try again.',
  },
  'engine.error': { what: 'The Docker Engine refused: {reason}', todo: 'Change the request and try again.' },

  'container.not-found': {
    what: 'There is no container {container}.',
    todo: 'It may have been removed: look at the list.',
  },
  'container.name-taken': {
    what: 'The name {name} is already used by another container.',
    todo: 'Choose another name, or remove that container.',
  },
  'container.not-running': {
    what: 'The container {container} is not running.',
    todo: 'Start it and try again.',
  },
  'container.start-failed': {
    what: 'The container could not be started: {reason}',
    todo: 'Correct the command or the settings and run it again.',
  },
  'container.no-command': {
    what: 'The image has no command of its own.',
    todo: 'Write the command that the container is to run.',
  },
  'container.no-shell': {
    what: 'The container {container} has no shell ({tried}).',
    todo: 'The image contains no shell: use the logs, or run an image that has one.',
  },

  'image.not-found': { what: 'There is no image {image} here.', todo: 'Pull or import it first.' },
  'image.in-use': { what: 'The image {image} is used by {containers}.', todo: 'Remove the container first.' },
  'image.reference-invalid': {
    what: '“{reference}” is not an image name: {reason}.',
    todo: 'Write it as name, name:tag or registry/name:tag, in lower case.',
  },
  'image.archive-invalid': {
    what: 'This file cannot be imported as an image: {reason}.',
    todo: 'Choose a tar archive of a root file system.',
  },

  'volume.not-found': {
    what: 'There is no volume {volume}.',
    todo: 'It may have been removed: look at the list.',
  },
  'volume.in-use': {
    what: 'The volume {volume} is used by {containers}.',
    todo: 'Remove the container first.',
  },
  'volume.name-taken': { what: 'There is already a volume {volume}.', todo: 'Choose another name.' },

  'disk.full': {
    what: 'The machine’s data disk is full.',
    todo: 'Free space on the Disk page, or give the machine a larger disk in the settings. Then try again.',
  },
  'disk.trim-failed': {
    what: 'The freed space could not be given back to this computer: {reason}.',
    todo: 'Restart the machine: it is given back when the machine stops.',
  },
  'disk.compact-failed': {
    what: 'The data disk {file} could not be made smaller: {reason}.',
    todo: 'Nothing was changed. Look at what it says, and try again.',
  },
} satisfies Partial<ErrorTexts>
