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
  'container.changing': {
    what: 'Berth is already changing the container {container}.',
    todo: 'Wait until that change has ended, then try again.',
  },
  'container.removed-on-stop': {
    what: 'The container {container} is removed when it stops, so Berth could not put it back.',
    todo: 'Run a new container instead, without “Remove it when it exits”.',
  },
  'container.swarm-task': {
    what: 'The container {container} belongs to a swarm service, so its settings cannot be changed here.',
    todo: 'Change the service with “docker service update”. The swarm then replaces its containers.',
  },
  'container.ended-early': {
    what: 'The container {container} ended right after its start (exit code {code}).',
    todo: 'Its last output is in the details. Correct the settings, then try again.',
  },
  'container.unhealthy': {
    what: 'The container {container} is unhealthy.',
    todo: 'The output of its health check is in the details. Correct the settings, then try again.',
  },
  'container.used-meanwhile': {
    what: 'Another program has used the container {container} while Berth copied its data.',
    todo: 'Move the data again. Do not start, stop or remove the container until the task ends.',
  },
  'container.change-interrupted': {
    what: 'The change of the container {container} was interrupted. The old container is back.',
    todo: 'Make the change again.',
  },
  'container.interrupted-in-use': {
    what: 'The change of the container {container} was interrupted. The old container is back. The new one had already used {volumes}, so Berth has kept it.',
    todo: 'Look into {volumes} for data that the old container does not have. Then remove it, and make the change again.',
  },
  'container.not-restored': {
    what: 'Berth could not put the container {container} back yet: {reason}',
    todo: 'Berth tries again when it next connects to the engine. The details say why the change failed.',
  },
  'container.no-shell': {
    what: 'The container {container} has no shell (tried {tried}).',
    todo: 'Its image contains no shell. Open Berth’s tool shell instead.',
  },
  'container.process-gone': {
    what: 'The process {pid} has already ended.',
    todo: 'There is nothing to do. The list shows the processes that still run.',
  },
  'container.signal-failed': {
    what: 'The signal could not be sent to the process {pid}.',
    todo: 'Try again. If this happens again, restart the machine.',
  },

  'logs.no-reader': {
    what: 'The machine’s program for logs has ended or is missing.',
    todo: 'Open the log again. If this repeats, restart the machine with the newest guest image.',
  },
  'logs.search-too-hard': {
    what: 'The search for this regular expression took too much time or memory, so it has ended.',
    todo: 'Use a simpler expression, or search for plain text.',
  },
  'logs.view-closed': {
    what: 'This view of the log is no longer open.',
    todo: 'Open the log again.',
  },
  'logs.pattern-invalid': {
    what: 'The regular expression is not valid: {reason}',
    todo: 'Correct the expression, or search for plain text.',
  },
  'container.some-failed': {
    what: 'The action failed for {count} of {total} containers: {names}',
    todo: 'It is done for the others. The details name each reason.',
  },
  'container.group-taken': { what: 'There is already a group {group}.', todo: 'Choose another name.' },
  'container.group-missing': {
    what: 'There is no group {group}.',
    todo: 'It may have been removed in another window.',
  },

  'image.not-found': { what: 'There is no image {image} here.', todo: 'Pull or import it first.' },
  'image.layers-unsupported': {
    what: 'This guest image cannot show what is inside images.',
    todo: 'Use the newest guest image: the Machine page has the button.',
  },
  'image.layers-driver': {
    what: 'The engine stores images with {driver}, and Berth can read the files of overlay2 only.',
    todo: 'The Layers tab shows what the engine tells. Run a container to look at its files.',
  },
  'image.in-use': {
    what: 'The image {image} is used by {containers}.',
    todo: 'Remove the containers that use it first.',
  },
  'image.reference-invalid': {
    what: '“{reference}” is not an image name: {reason}.',
    todo: 'Use the form name, name:tag or registry/name:tag, in lower case.',
  },
  'image.no-reference': {
    what: 'The container {container} was created from an image id or a digest, so it has nothing to update.',
    todo: 'Edit the container and choose an image with a tag.',
  },
  'image.other-platform': {
    what: 'The machine has {image} only for another platform than {platform}, which the container uses.',
    todo: 'Choose “Pull and update”: Berth then asks the registry for {platform}.',
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
  'volume.driver-failed': {
    what: 'The driver {driver} cannot create the volume {volume}: {reason}',
    todo: 'Check the driver and its options.',
  },
  'volume.no-space': {
    what: 'Only {free} is free on the machine’s data disk, but the copy needs {needed}.',
    todo: 'Reclaim space on the Disk page, or give the machine a larger disk in the settings. Then try again.',
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
