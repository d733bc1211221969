import type { ErrorTexts } from '../../texts'

export const mounts = {
  'mounts.not-shared': {
    what: '{path} is not in a folder that is shared with containers ({shared}).',
    todo: 'Share its folder: Berth’s Machine page has a button for it. Or move it into a shared folder.',
  },
  'mounts.temporary-folder': {
    what: '{path} is in a folder for temporary files, {folder}, which is not shared with containers.',
    todo: 'Share {folder} and try again: Berth’s Machine page has a button for it. In a terminal: {command}',
  },
  'mounts.link-not-shared': {
    what: '{path} leads to {target}, which is not in a folder that is shared with containers ({shared}).',
    todo: 'Share the folder of {target} in the settings, or mount another path.',
  },
  'mounts.broken-link': {
    what: '{path} is a symbolic link to {target}, which does not exist.',
    todo: 'Restore the file that the link leads to, or mount another path.',
  },
  'mounts.network-path': {
    what: '{path} is a network path. Only folders on this computer can be shared with containers.',
    todo: 'Copy the folder to a drive of this computer.',
  },
  'mounts.not-absolute': {
    what: '“{path}” is not a full path on this computer.',
    todo: 'Enter the full path, starting with the drive or with /.',
  },
  'mounts.system-folder': {
    what: '{path} cannot be shared: the machine uses that path itself.',
    todo: 'Share a folder inside it, or another folder.',
  },
  'mounts.nested-folder': {
    what: '{path} and {other} overlap: one contains the other, or they are the same folder.',
    todo: 'Share only the outer one.',
  },
  'mounts.own-folder': {
    what: '{path} is Berth’s own folder, or is inside it. Containers must not see the keys and the disk in it.',
    todo: 'Use another folder. You can share a folder that contains Berth’s folder: Berth’s folder is left out.',
  },
  'mounts.too-many-folders': {
    what: 'You can share at most {most} folders.',
    todo: 'Share a folder that contains several of them instead.',
  },
  'mounts.folder-missing': {
    what: 'The shared folder {path} does not exist.',
    todo: 'Create it, connect its drive, or stop sharing it.',
  },
  'mounts.folder-unreadable': {
    what: 'Berth does not have permission to read the shared folder {path}.',
    todo: 'Allow access in the folder’s permissions (on macOS: Privacy & Security, Files and Folders).',
  },
  'mounts.folder-in-use': {
    what: '{path} is used by {containers}.',
    todo: 'Stop these containers first. Otherwise they lose access to their files.',
  },
  'mounts.mount-failed': {
    what: 'The machine could not mount the shared folders: {reason}.',
    todo: 'Restart the machine.',
  },
  'mounts.source-missing': {
    what: '{path} does not exist on this computer.',
    todo: 'Check the path, or create the folder first.',
  },
  'mounts.socket-missing': {
    what: 'There is no socket {path} on this computer.',
    todo: 'Start the program that listens there, or mount the socket that it uses now. For ssh-agent, mount {agent}: it always leads to the agent of this computer.',
  },
  'mounts.socket-failed': {
    what: 'The machine could not make the socket {path}: {reason}.',
    todo: 'Restart the machine and try again.',
  },
  'host-folder.no-answer': {
    what: 'The drive of {path} does not answer.',
    todo: 'Check the network or the drive, or choose a folder on another drive.',
  },
  'host-folder.name': {
    what: '“{name}” cannot be the name of a folder on this computer.',
    todo: 'Use another name, without slashes. Windows also refuses : * ? " < > | and names such as CON.',
  },
} satisfies Partial<ErrorTexts>
