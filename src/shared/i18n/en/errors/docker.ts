import type { ErrorTexts } from '../../texts'

export const docker = {
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
