import type { ErrorTexts } from '../../texts'

export const machine = {
  'machine.not-running': { what: 'The machine is not running.', todo: 'Start the machine and try again.' },
  'machine.not-stopped': { what: 'The machine has to be stopped for this.', todo: 'Stop it and try again.' },
  'machine.image-missing': {
    what: 'The guest image is missing ({folder}).',
    todo: 'Run `npm run vm:build`, or reinstall Berth.',
  },
  'machine.image-corrupt': {
    what: 'The guest image is damaged: {file} does not match its checksum.',
    todo: 'The Diagnostics page fetches it again, or goes to another one, where it can. Images, containers and volumes stay.',
  },
  'machine.image-download': {
    what: 'The guest image could not be downloaded from {url}: {reason}.',
    todo: 'Check the network connection and try again.',
  },
  'machine.disk-create': {
    what: 'The data disk {file} could not be created: {reason}.',
    todo: 'Check the folder and the free disk space, then try again.',
  },
  'machine.disk-grow': {
    what: 'The data disk {file} could not be made larger ({size} GiB): {reason}.',
    todo: 'Set its former size again; nothing is lost.',
  },
  'machine.disk-locked': {
    what: 'The data disk {file} is in use by another process.',
    todo: 'Quit the program that uses it and try again.',
  },
  'machine.disk-unusable': {
    what: 'The machine cannot use its data disk {file}: {reason}.',
    todo: 'Keep a copy of the file if it matters. Then repair it, or reset Berth to begin with an empty one.',
  },
  'machine.data-newer': {
    what: 'The data disk {file} was last used by a newer Berth: its format is {format}, and this one knows {known}.',
    todo: 'Start the newest Berth. The images, containers and volumes on the disk were not touched.',
  },
  'machine.data-full': {
    what: 'The machine’s data disk is full: the Docker Engine has no space to start.',
    todo: 'Give the machine a larger disk in the settings and start it again. Then remove what you do not need; nothing is lost meanwhile.',
  },
  'machine.qemu-start': {
    what: 'QEMU could not be started: {reason}.',
    todo: 'Check the QEMU installation and try again.',
  },
  'machine.qemu-died': {
    what: 'The virtual machine ended without being asked to ({reason}).',
    todo: 'Start it again. The last console lines below may say why.',
  },
  'machine.accelerators-failed': {
    what: 'No way of running the virtual machine works here: {tried}.',
    todo: 'Check the virtualisation settings of this computer, then try again.',
  },
  'machine.boot-timeout': {
    what: 'The virtual machine did not come up within {seconds} s.',
    todo: 'Try again. The last console lines below may say why.',
  },
  'machine.ssh-timeout': {
    what: 'The virtual machine did not answer over SSH within {seconds} s.',
    todo: 'Try again. The last console lines below may say why.',
  },
  'machine.ssh-refused': {
    what: 'The virtual machine refused the SSH connection: {reason}.',
    todo: 'Restart the machine.',
  },
  'machine.host-key-mismatch': {
    what: 'What answered on the SSH port is not Berth’s machine: its key is not the pinned one.',
    todo: 'Restart the machine. If it happens again, another program interferes with local connections.',
  },
  'machine.engine-timeout': {
    what: 'The Docker Engine did not answer within {seconds} s.',
    todo: 'Restart the machine. The last log lines below may say why.',
  },
  'machine.engine-failed': {
    what: 'The Docker Engine could not start: {reason}.',
    todo: 'Restart the machine. The last log lines below may say why.',
  },
  'machine.connection-lost': {
    what: 'The connection to the machine was lost.',
    todo: 'Berth is reconnecting: try again in a moment.',
  },
  'machine.resume-host': {
    what: 'The suspended machine could not go on: QEMU or this computer’s system was updated meanwhile.',
    todo: 'It was booted instead. Nothing on its disk is lost; start containers that should run again.',
  },
  'machine.resume-image': {
    what: 'The suspended machine could not go on: there is a newer system for it.',
    todo: 'It was booted instead. Nothing on its disk is lost; start containers that should run again.',
  },
  'machine.resume-settings': {
    what: 'The suspended machine could not go on: its settings were changed meanwhile.',
    todo: 'It was booted instead. Nothing on its disk is lost; start containers that should run again.',
  },
  'machine.resume-disk': {
    what: 'The suspended machine could not go on: its disk was changed meanwhile.',
    todo: 'It was booted instead. Nothing on its disk is lost; start containers that should run again.',
  },
  'machine.resume-failed': {
    what: 'The suspended machine could not go on: {reason}.',
    todo: 'It was booted instead. Nothing on its disk is lost; start containers that should run again.',
  },

  'dns.not-served': {
    what: 'The machine does not resolve names as this computer does: {reason}.',
    todo: 'Set it up again on the Diagnostics page. Until then host.docker.internal, and names that only this computer knows, do not resolve in containers.',
  },
} satisfies Partial<ErrorTexts>
