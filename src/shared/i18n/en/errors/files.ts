import type { ErrorTexts } from '../../texts'

export const files = {
  'files.not-found': {
    what: 'There is no file or folder {path}.',
    todo: 'It may have been removed or renamed. Go back to the folder and look again.',
  },
  'files.not-a-folder': { what: '{path} is not a folder.', todo: 'Choose a folder.' },
  'files.is-a-folder': { what: '{path} is a folder.', todo: 'Choose a file, or use another name.' },
  'files.not-a-file': {
    what: '{path} is a device, pipe or socket and has no content to show.',
    todo: 'Choose an ordinary file.',
  },
  'files.exists': {
    what: 'There is already a file or folder with this name: {path}',
    todo: 'Choose another name, or remove the other file first.',
  },
  'files.read-only': {
    what: '{path} is in a place where nothing can be changed.',
    todo: 'The container, the volume or the shared folder is read-only. Mount it with write access to change its files.',
  },
  'files.link-refused': {
    what: '{path} leads through too many links, or through a link of the kernel.',
    todo: 'Open the target itself. Berth does not follow such links, because they can lead out of the container.',
  },
  'files.name-too-long': {
    what: 'The name or path {path} is too long.',
    todo: 'Use a shorter name. Linux allows 255 bytes in a name.',
  },
  'files.mount-point': {
    what: 'Something is mounted at {path} or in it, such as a volume or a shared folder.',
    todo: 'Remove or rename the files inside the mount instead. Nothing was removed.',
  },
  'files.other-mount': {
    what: '{path} cannot be moved to another volume or shared folder.',
    todo: 'Download it, then upload it to the other place.',
  },
  'files.image-folder': {
    what: '{path} is a folder of the image, and the file system cannot rename or move it.',
    todo: 'Download it, upload it under its new name, then remove the old folder.',
  },
  'files.mount-missing': {
    what: '{path} cannot be changed, because a volume or shared folder of the container cannot be mounted.',
    todo: 'Check that the shared folder still exists. Start the container once, then try again.',
  },
  'files.not-allowed': {
    what: '{path} cannot be changed or opened: the system does not allow it.',
    todo: 'The file may be protected, or belong to the kernel.',
  },
  'files.changed': {
    what: '{path} has changed since it was opened.',
    todo: 'Load it again and repeat your change, or save it anyway to replace the other change.',
  },
  'files.cut-off': {
    what: 'The file became shorter, or could not be read to its end.',
    todo: 'Try again. If a program is writing the file, stop that program first.',
  },
  'files.container-busy': {
    what: 'The container of {path} is starting, stopping or being copied.',
    todo: 'Try again in a moment. Nothing was changed.',
  },
  'files.stopped-unsupported': {
    what: 'Berth cannot read the files of the stopped container {container}, because the engine’s storage driver is not overlay2.',
    todo: 'Start the container. Then its files are available.',
  },
  'files.volume-unsupported': {
    what: 'The driver of the volume {volume} keeps the files outside the machine.',
    todo: 'Open the files in a running container that uses the volume.',
  },
  'files.volume-not-mounted': {
    what: 'The volume {name} is not mounted at the moment.',
    todo: 'Start a container that uses the volume. Then its files are available.',
  },
  'files.failed': {
    what: 'The action on {path} failed: {reason}.',
    todo: 'Fix the cause and try again.',
  },
} satisfies Partial<ErrorTexts>
