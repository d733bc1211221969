import type { ErrorTexts } from '../../texts'

export const mounts = {
  'mounts.not-shared': {
    what: '{path} is not in a folder that is shared with containers ({shared}).',
    todo: 'Move it into a shared folder, or share its folder in the settings.',
  },
  'mounts.network-path': {
    what: '{path} is a network path: only folders of this computer can be shared with containers.',
    todo: 'Copy the folder to a drive of this computer.',
  },
  'mounts.not-absolute': {
    what: '“{path}” is not a complete path of this computer.',
    todo: 'Write the path from the drive or from / on.',
  },
  'mounts.system-folder': {
    what: '{path} cannot be shared: the machine has a folder of its own there.',
    todo: 'Share a folder inside it, or another one.',
  },
  'mounts.nested-folder': {
    what: '{path} and {other} lie in one another, or are the same.',
    todo: 'Share only the outer one.',
  },
  'mounts.own-folder': {
    what: '{path} is, or lies in, the folder where Berth keeps its keys and its disk, which no container may see.',
    todo: 'Use another folder. A folder that Berth’s lies in can be shared: Berth’s is left out of it.',
  },
  'mounts.too-many-folders': {
    what: 'More than {most} folders cannot be shared.',
    todo: 'Share a folder that holds several of them instead.',
  },
  'mounts.folder-missing': {
    what: 'The shared folder {path} does not exist.',
    todo: 'Create it, connect its drive, or stop sharing it.',
  },
  'mounts.folder-unreadable': {
    what: 'Berth may not read the shared folder {path}.',
    todo: 'Allow it in the folder’s permissions (on macOS: Privacy & Security, Files and Folders).',
  },
  'mounts.folder-in-use': {
    what: '{path} is used by {containers}.',
    todo: 'Stop them first, or they lose their files.',
  },
  'mounts.mount-failed': {
    what: 'The machine could not mount the shared folders: {reason}.',
    todo: 'Restart the machine.',
  },
  'mounts.source-missing': {
    what: '{path} does not exist on this computer.',
    todo: 'Check the path, or create the folder first.',
  },
} satisfies Partial<ErrorTexts>
