import type { ErrorTexts } from '../berth-error'

export const toolsTextsEn = {
  'port.taken': {
    what: 'Port {port}/{protocol} on {address} is already in use by {owner}.',
    todo: 'Choose another port, or stop what uses it.',
  },
  'port.range-taken': {
    what: 'Every port of {first}-{last}/{protocol} on {address} is already in use, {port} by {owner}.',
    todo: 'Choose another range, or stop what uses one of them.',
  },
  'port.address': {
    what: '{address} is not an address of this computer: port {port}/{protocol} cannot be opened there.',
    todo: 'Publish it on an address of this computer, on 0.0.0.0 for all of them, or without one for localhost.',
  },
  'port.udp-ipv6': {
    what: 'UDP port {port} cannot be published on the IPv6 address {address} alone.',
    todo: 'Publish it without an address: it then answers on 127.0.0.1 and on ::1.',
  },
  'port.sctp': {
    what: 'Port {port} is not open on this computer: SCTP cannot be forwarded into the machine.',
    todo: 'Use it from other containers, or publish TCP or UDP.',
  },
  'port.forward-failed': {
    what: 'Port {port}/{protocol} on {address} could not be opened: {reason}.',
    todo: 'Choose another port or address.',
  },
  'port.privileged': {
    what: 'This user may not open port {port}: ports below 1024 are reserved here.',
    todo: 'Choose a port from 1024 up.',
  },
  'port.reserved': {
    what: 'Windows has set port {port}/{protocol} aside for itself.',
    todo: 'Choose another port. `netsh interface ipv4 show excludedportrange {protocol}` lists those set aside.',
  },

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
  'mounts.own-folder': {
    what: '{path} is, or lies in, the folder where Berth keeps its keys and its disk, which no container may see.',
    todo: 'Use another folder. A folder that Berth’s lies in can be shared: Berth’s is left out of it.',
  },
  'mounts.nested-folder': {
    what: '{path} and {other} lie in one another, or are the same.',
    todo: 'Share only the outer one.',
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
  'mounts.source-missing': {
    what: '{path} does not exist on this computer.',
    todo: 'Check the path, or create the folder first.',
  },
  'mounts.mount-failed': {
    what: 'The machine could not mount the shared folders: {reason}.',
    todo: 'Restart the machine.',
  },

  'docker.socket-path': {
    what: 'The docker socket {path} has {bytes} bytes in its path: a socket’s address holds {limit}.',
    todo: 'Start Berth with a shorter BERTH_HOME.',
  },
  'docker.socket-failed': {
    what: 'The docker socket {path} could not be opened: {reason}.',
    todo: 'Remove what is in its place, then start Berth again.',
  },
  'docker.machine-starting': {
    what: 'The Berth machine is still starting.',
    todo: 'Try again in a moment; Berth shows how far it is.',
  },
  'docker.machine-failed': {
    what: 'The Berth machine could not be started: {reason}',
    todo: 'Open Berth and start the machine again.',
  },
  'docker.body-too-large': {
    what: 'The request’s body is larger than {limit} bytes.',
    todo: 'Send a smaller one.',
  },
  'docker.upgrade-body': {
    what: 'The body of a request that takes the connection over cannot be read.',
    todo: 'Send it with a Content-Length or in chunks, without another encoding.',
  },
  'docker.config-broken': {
    what: 'The docker CLI’s settings in {file} cannot be understood.',
    todo: 'Repair the file or remove it. Berth has left it as it was.',
  },
  'docker.config-unwritable': {
    what: 'The docker CLI’s settings in {file} cannot be changed: {reason}.',
    todo: 'Make the file writable and try again.',
  },
  'docker.context-foreign': {
    what: 'There is a docker context “{name}” already that this Berth has not made ({file}).',
    todo: 'Rename or remove it with `docker context`, or use the DOCKER_HOST line instead.',
  },
} satisfies Partial<ErrorTexts>
