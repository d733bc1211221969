import type { ErrorTexts } from './berth-error'

/** `what` says what happened, `todo` what to do about it; `{name}` is filled from the error's parameters. */
export const errorTextsEn: ErrorTexts = {
  internal: {
    what: 'Something went wrong inside Berth.',
    todo: 'Try again. If it happens again, report it with the details below.',
  },
  'input.invalid': { what: '{field} is not valid: {reason}.', todo: 'Correct it and try again.' },
  'not-found': { what: '{what} does not exist.', todo: 'Refresh the list: it may have been removed.' },

  'host.already-running': {
    what: 'Berth is already running (process {pid}) and uses {folder}.',
    todo: 'Use that window, or quit it first.',
  },
  'host.qemu-missing': {
    what: 'QEMU ({binary}) was not found on this computer.',
    todo: 'Install it ({install}) and try again.',
  },
  'host.no-space': {
    what: 'Only {free} of disk space is left in {folder}; {needed} are needed.',
    todo: 'Free some disk space and try again.',
  },
  'host.folder-unwritable': {
    what: 'Berth cannot write to {folder}.',
    todo: 'Allow your user to write there, or set BERTH_HOME to another folder.',
  },

  'settings.broken': {
    what: 'The settings in {file} could not be read; Berth uses the defaults.',
    todo: 'The old file is kept as {kept}: correct it and put it back, or set again what you need.',
  },
  'settings.newer': {
    what: 'The settings in {file} were written by a newer Berth (version {version}).',
    todo: 'Use that Berth, or move the file away to begin with the defaults.',
  },
  'settings.unwritable': {
    what: 'The settings could not be saved to {file}; nothing has changed.',
    todo: 'Check the folder’s permissions and the free disk space, then try again.',
  },
  'settings.over-limit': {
    what: '{field} cannot be {value}: this computer has {most}.',
    todo: 'Choose a smaller value.',
  },
  'settings.disk-smaller': {
    what: 'The data disk has {present} GiB already and cannot be made smaller ({size} GiB).',
    todo: 'Choose {present} GiB or more. The file on this computer takes only what is in use.',
  },
  'settings.certificate-invalid': {
    what: 'This is not a certificate in PEM form: {reason}.',
    todo: 'Choose a file that begins with “-----BEGIN CERTIFICATE-----”.',
  },
  'settings.daemon-refused': {
    what: '“{key}” cannot be set: with it Berth could not reach the engine, or data could be lost.',
    todo: 'Remove it from daemon.json.',
  },
  'settings.daemon-unknown': {
    what: '“{key}” is not an option of the Docker Engine in the machine.',
    todo: 'Remove or correct it. Known are: {known}.',
  },
  'settings.daemon-type': {
    what: 'The value of “{key}” is not of the kind that the Docker Engine takes there.',
    todo: 'Look the option up in Docker’s documentation of daemon.json and correct it.',
  },
  'settings.daemon-rejected': {
    what: 'The Docker Engine does not accept these settings: {reason}',
    todo: 'Correct them. The engine runs on as it was.',
  },
  'settings.engine-restored': {
    what: 'The Docker Engine did not start with the new settings: {reason}',
    todo: 'It runs again with what it had before. Correct the settings and apply them again.',
  },

  'machine.not-running': { what: 'The machine is not running.', todo: 'Start the machine and try again.' },
  'machine.not-stopped': { what: 'The machine has to be stopped for this.', todo: 'Stop it and try again.' },
  'machine.image-missing': {
    what: 'The guest image is missing ({folder}).',
    todo: 'Run `npm run vm:build`, or reinstall Berth.',
  },
  'machine.image-corrupt': {
    what: 'The guest image is damaged: {file} does not match its checksum.',
    todo: 'Remove {folder} and run `npm run vm:build`, or reinstall Berth.',
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
  'registry.unreachable': {
    what: 'The registry for {image} cannot be reached: {reason}',
    todo: 'Check the network connection and the registry’s name.',
  },
  'registry.denied': {
    what: 'The registry refused access to {image}.',
    todo: 'Check the name. If the image is private, log in first.',
  },
  'registry.no-such-image': {
    what: 'The registry has no image {image}.',
    todo: 'Check the name and the tag.',
  },

  'disk.full': {
    what: 'The machine’s data disk is full.',
    todo: 'Free space on the Disk page, or give the machine a larger disk in the settings. Then try again.',
  },
  'disk.trim-failed': {
    what: 'The freed space could not be given back to this computer: {reason}.',
    todo: 'Restart the machine: it is given back when the machine stops.',
  },
  'registry.untrusted': {
    what: 'The certificate of the registry for {image} is not trusted: {reason}',
    todo: 'Add the certificate authority that signed it in the settings, under Registries.',
  },
  'registry.login-refused': {
    what: 'The registry {server} refused this login: {reason}',
    todo: 'Check the user name and the password or access token.',
  },
  'registry.helper-failed': {
    what: 'The credential store “{helper}” failed: {reason}',
    todo: 'Check that docker-credential-{helper} works, or take it out of the docker CLI’s config.json.',
  },

  'port.taken': {
    what: 'Port {port}/{protocol} on {address} is already in use by {owner}.',
    todo: 'Choose another port, or stop what uses it.',
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
  'mounts.nested-folder': {
    what: '{path} and {other} lie in one another, or are the same.',
    todo: 'Share only the outer one.',
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
    what: 'A request that takes the connection over must say how long its body is.',
    todo: 'Send it with a Content-Length.',
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

  'session.not-found': { what: 'This session has ended.', todo: 'Open a new one.' },
  'session.spawn-failed': {
    what: 'The shell could not be started: {reason}.',
    todo: 'Check the command and try again.',
  },
  'session.window-blocked': {
    what: 'The browser did not open the shell window.',
    todo: 'Allow pop-up windows for this page and try again.',
  },
  'upload.not-found': { what: 'This upload has ended.', todo: 'Choose the file again.' },

  'api.disconnected': {
    what: 'The connection to Berth was lost.',
    todo: 'Berth reconnects by itself: try again in a moment. If it does not, start Berth again.',
  },
}
