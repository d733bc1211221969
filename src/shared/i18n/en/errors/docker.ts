import type { ErrorTexts } from '../../texts'

export const docker = {
  'docker.socket-path': {
    what: 'The path of the Docker socket is too long: {path} has {bytes} bytes, and the limit is {limit}.',
    todo: 'Start Berth with a shorter BERTH_HOME.',
  },
  'docker.socket-failed': {
    what: 'The Docker socket {path} could not be opened: {reason}.',
    todo: 'Remove the file at that path, or quit the program that uses it. Then start Berth again.',
  },
  'docker.machine-starting': {
    what: 'The Berth machine is still starting.',
    todo: 'Try again in a moment. Berth shows the progress.',
  },
  'docker.machine-failed': {
    what: 'The Berth machine could not be started: {reason}',
    todo: 'Open Berth and start the machine again.',
  },
  'docker.body-too-large': {
    what: 'The request body is larger than {limit} bytes.',
    todo: 'Send a smaller body.',
  },
  'docker.upgrade-body': {
    what: 'This request upgrades the connection, and Berth cannot read its body.',
    todo: 'Send the body with a Content-Length or in chunks, and without another encoding.',
  },
  'docker.client-left': {
    what: 'The docker client left before the engine had finished.',
    todo: 'Look at the containers and images: the engine may still finish what the client asked for.',
  },
  'docker.config-broken': {
    what: 'The Docker CLI’s configuration in {file} is not valid.',
    todo: 'Repair or remove the file. Berth has not changed it.',
  },
  'docker.config-unwritable': {
    what: 'The Docker CLI’s configuration in {file} cannot be changed: {reason}.',
    todo: 'Make the file writable, then try again.',
  },
  'docker.context-foreign': {
    what: 'A Docker context “{name}” already exists ({file}), but this Berth did not create it.',
    todo: 'Remove it with `docker context rm {name}`, or use the DOCKER_HOST line of the Machine page instead.',
  },
} satisfies Partial<ErrorTexts>
