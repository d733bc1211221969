import type { ErrorTexts } from '../../texts'

export const machine = {
  'machine.not-running': { what: 'The machine is not running.', todo: 'Start the machine and try again.' },
  'machine.not-stopped': { what: 'The machine must be stopped first.', todo: 'Stop it and try again.' },
  'machine.image-missing': {
    what: 'The guest image is missing ({folder}).',
    todo: 'Run `npm run vm:build`, or reinstall Berth.',
  },
  'machine.image-corrupt': {
    what: 'The guest image is damaged: {file} does not match its checksum.',
    todo: 'The Diagnostics page can download it again or switch to another guest image, if one is available. Images, containers and volumes are kept.',
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
    what: 'The data disk {file} could not be enlarged to {size} GiB: {reason}.',
    todo: 'Set the previous size again. No data is lost.',
  },
  'machine.disk-locked': {
    what: 'The data disk {file} is in use by another process.',
    todo: 'Quit the program that uses it and try again.',
  },
  'machine.disk-unusable': {
    what: 'The machine cannot use its data disk {file}: {reason}.',
    todo: 'If you need its data, copy the file first. Then repair the disk, or reset Berth to start with an empty one.',
  },
  'machine.data-newer': {
    what: 'The data disk {file} was last used by a newer version of Berth: its format is {format}, and this version supports formats up to {known}.',
    todo: 'Use the newest version of Berth. The images, containers and volumes on the disk are unchanged.',
  },
  'machine.data-full': {
    what: 'The machine’s data disk is full, so the Docker Engine has no space to start.',
    todo: 'Give the machine a larger disk in the settings and start it again. Then remove data that you no longer need. No data is lost.',
  },
  'machine.qemu-start': {
    what: 'QEMU could not be started: {reason}.',
    todo: 'Check the QEMU installation and try again.',
  },
  'machine.qemu-died': {
    what: 'The machine stopped unexpectedly ({reason}).',
    todo: 'Start it again. The last console lines below may show the cause.',
  },
  'machine.accelerators-failed': {
    what: 'The machine cannot run on this computer. Tried: {tried}.',
    todo: 'Check the virtualisation settings of this computer, then try again.',
  },
  'machine.boot-timeout': {
    what: 'The machine did not boot within {seconds} s.',
    todo: 'Try again. The last console lines below may show the cause.',
  },
  'machine.ssh-timeout': {
    what: 'The machine did not answer over SSH within {seconds} s.',
    todo: 'Try again. The last console lines below may show the cause.',
  },
  'machine.ssh-refused': {
    what: 'The machine refused the SSH connection: {reason}.',
    todo: 'Restart the machine.',
  },
  'machine.host-key-mismatch': {
    what: 'The SSH server that answered is not Berth’s machine, because it has another host key.',
    todo: 'Restart the machine. If it happens again, another program is interfering with local connections.',
  },
  'machine.engine-timeout': {
    what: 'The Docker Engine did not answer within {seconds} s.',
    todo: 'Restart the machine. The last log lines below may show the cause.',
  },
  'machine.engine-failed': {
    what: 'The Docker Engine could not start: {reason}.',
    todo: 'Restart the machine. The last log lines below may show the cause.',
  },
  'machine.connection-lost': {
    what: 'The connection to the machine was lost.',
    todo: 'Berth is reconnecting. Try again in a moment.',
  },
  'machine.resume-host': {
    what: 'The suspended machine could not be resumed: QEMU or this computer’s system was updated.',
    todo: 'The machine was booted instead. No data on its disk is lost. Start the containers that you need again.',
  },
  'machine.resume-image': {
    what: 'The suspended machine could not be resumed: its guest image was changed.',
    todo: 'The machine was booted instead. No data on its disk is lost. Start the containers that you need again.',
  },
  'machine.resume-settings': {
    what: 'The suspended machine could not be resumed: its settings were changed.',
    todo: 'The machine was booted instead. No data on its disk is lost. Start the containers that you need again.',
  },
  'machine.resume-disk': {
    what: 'The suspended machine could not be resumed: its disk was changed.',
    todo: 'The machine was booted instead. No data on its disk is lost. Start the containers that you need again.',
  },
  'machine.resume-failed': {
    what: 'The suspended machine could not be resumed: {reason}.',
    todo: 'The machine was booted instead. No data on its disk is lost. Start the containers that you need again.',
  },

  'dns.not-served': {
    what: 'The machine cannot use this computer’s name resolution: {reason}.',
    todo: 'Set it up again on the Diagnostics page. Until then, containers cannot resolve host.docker.internal or names that only this computer knows.',
  },
} satisfies Partial<ErrorTexts>
