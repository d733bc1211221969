/** Hints about the setup of containers. `what` names the case with its figures, `why` its consequence. */
export const hints = {
  title: 'Hints',
  mark: '{count} hint about {container} | {count} hints about {container}',
  dismissed: '{count} dismissed hint | {count} dismissed hints',
  dismiss: 'Dismiss: {hint}',
  again: 'Show again',
  againFor: 'Show again: {hint}',
  didDismiss: 'Hint dismissed. The page of {container} still lists it.',
  mend: {
    log: 'Show the log',
    move: 'Move to a volume …',
    files: 'Show the folder',
    compose: 'Open the compose files',
    edit: 'Mend …',
    limits: 'Set a limit …',
    update: 'Update …',
    now: 'Mend',
  },
  move: {
    title: 'Move the data of {container} to a volume',
    text: '{folder} is in the container’s own layer. Afterwards, a volume holds it.',
    name: 'Name of the new volume',
    size: 'The copy takes {bytes}, and {margin} must stay free. {free} is free on the machine’s data disk.',
    stops:
      'The container stops while its data is copied. Berth then creates it again, with the volume at {folder}.',
    stays: 'Berth creates the container again, with the volume at {folder}. It stays stopped.',
    back: 'If the new container does not work, the old one comes back with its data, and the volume is removed.',
    elsewhere:
      'What the container has written elsewhere is deleted with the old one: {bytes}, and logs, caches and temporary files.',
    elsewhereUnknown:
      'What the container has written elsewhere is deleted with the old one. Berth could not measure in time how much this is.',
    image: 'Files that the image has in this folder move too. An update of the image no longer changes them.',
    submit: 'Move',
  },
  compose: {
    set: 'Compose manages it. Write this into its compose file:',
    remove: 'Compose manages it. Remove this from its compose file:',
    other: 'Compose manages it. Change it in the project.',
  },
  'restart-policy': {
    what: 'A restart of the machine or the engine stopped it {ago}, and it has no restart policy.',
    why: 'It stays stopped after each restart until you start it.',
    now: 'Restart it with the machine',
    done: '{container} now restarts with the machine, unless you stop it',
  },
  'restart-loop': {
    what: 'It ended {count} times in the last {minutes} minutes, and was started again.',
    why: 'A program that ends all the time does no work, and uses processor time for its starts.',
    now: 'Stop it',
    done: '{container} is stopped, and keeps its restart policy',
  },
  health: {
    what: 'Its health check has never passed: at least {count} failure in a row. | Its health check has never passed: at least {count} failures in a row.',
    why: 'Then the check itself is often wrong, and tools that wait for “healthy” wait forever.',
  },
  published: {
    what: 'Published on every address of this computer: {ports}.',
    why: 'Every computer in your network can connect to it.',
  },
  'network-switch': {
    what: 'You have opened it to the network: {ports}.',
    why: 'Every computer in your network can connect to it.',
    now: 'Close to the network',
    done: 'Only this computer can connect to {container} now',
  },
  'docker-socket': {
    what: 'The docker socket is mounted at {path}.',
    why: 'Whoever controls this container controls the engine and all other containers.',
  },
  privileged: {
    what: 'It is privileged.',
    whatUses: 'It is privileged, and asks by name only for {uses}.',
    why: 'It has every right in the machine, so a flaw in its program reaches all other containers.',
  },
  'host-namespaces': {
    what: 'It uses the network of the machine.',
    whatPid: 'It sees every process of the machine.',
    whatBoth: 'It uses the network of the machine, and sees every process there.',
    why: 'Without a namespace of its own, it is not isolated from the machine in this respect.',
  },
  memory: {
    what: 'It uses {used} of the machine’s {machine} of memory, and has no limit.',
    why: 'If the memory runs out, the kernel may end a process of any container.',
  },
  'memory-sum': {
    what: 'The limits of {containers} running containers add up to {limits}. The machine has {machine} of memory. Its limit is the highest.',
    why: 'If they use what they may, the kernel ends processes, although no limit is reached.',
  },
  'layer-data': {
    what: 'It has written {written} outside of its volumes, {inFolder} of it in {folder}.',
    why: 'This data is lost when the container is removed, edited or updated.',
  },
  log: {
    what: 'Its log takes {size}, and has no maximum.',
    why: 'It grows until the data disk is full.',
  },
  image: {
    what: '{image} now means a newer image in the machine.',
    whatDays:
      '{image} now means an image in the machine that is {days} day newer. | {image} now means an image in the machine that is {days} days newer.',
    why: 'The container still runs the old one, without its corrections.',
  },
}
