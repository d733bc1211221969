import type { ErrorTexts } from '../../texts'

export const engine = {
  'engine.unreachable': {
    what: 'The Docker Engine is not responding.',
    todo: 'Wait until the machine is running, then try again.',
  },
  'engine.error': {
    what: 'The Docker Engine reported an error: {reason}',
    todo: 'Fix the cause named in the engine’s message, then try again.',
  },

  'container.not-found': {
    what: 'There is no container {container}.',
    todo: 'It may have been removed. Check the list of containers.',
  },
  'container.name-taken': {
    what: 'The name {name} is already used by another container.',
    todo: 'Choose another name, or remove that container.',
  },
  'container.not-running': {
    what: 'The container {container} is not running.',
    todo: 'Start it and try again.',
  },
  'container.paused': {
    what: 'The container {container} is paused.',
    todo: 'Unpause it and try again.',
  },
  'container.restarting': {
    what: 'The container {container} is restarting.',
    todo: 'Wait until it is running, then try again. If it keeps restarting, its log may show the cause.',
  },
  'container.start-failed': {
    what: 'The container could not be started: {reason}',
    todo: 'Correct the command or the settings, then run it again.',
  },
  'container.no-command': {
    what: 'The image does not define a command.',
    todo: 'Enter the command that the container should run.',
  },
  'container.no-shell': {
    what: 'The container {container} has no shell (tried {tried}).',
    todo: 'Its image contains no shell. Use the logs, or run an image that has one.',
  },

  'image.not-found': { what: 'There is no image {image} here.', todo: 'Pull or import it first.' },
  'image.in-use': {
    what: 'The image {image} is used by {containers}.',
    todo: 'Remove the containers that use it first.',
  },
  'image.reference-invalid': {
    what: '“{reference}” is not an image name: {reason}.',
    todo: 'Use the form name, name:tag or registry/name:tag, in lower case.',
  },
  'image.archive-invalid': {
    what: 'This file cannot be imported as an image: {reason}.',
    todo: 'Choose a tar archive of a root file system.',
  },

  'volume.not-found': {
    what: 'There is no volume {volume}.',
    todo: 'It may have been removed. Check the list of volumes.',
  },
  'volume.in-use': {
    what: 'The volume {volume} is used by {containers}.',
    todo: 'Remove the containers that use it first.',
  },
  'volume.name-taken': { what: 'A volume named {volume} already exists.', todo: 'Choose another name.' },

  'disk.full': {
    what: 'The machine’s data disk is full.',
    todo: 'Reclaim space on the Disk page, or give the machine a larger disk in the settings. Then try again.',
  },
  'disk.trim-failed': {
    what: 'The free space could not be returned to this computer: {reason}.',
    todo: 'Restart the machine. The space is returned when the machine stops.',
  },
  'disk.compact-failed': {
    what: 'The data disk {file} could not be shrunk: {reason}.',
    todo: 'Nothing was changed. Fix the cause and try again.',
  },
} satisfies Partial<ErrorTexts>
