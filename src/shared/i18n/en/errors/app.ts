import type { ErrorTexts } from '../../texts'

export const app = {
  internal: {
    what: 'Something went wrong inside Berth.',
    todo: 'Try again. If it happens again, report it and include the details below.',
  },

  'input.invalid': { what: '{field} is not valid: {reason}.', todo: 'Correct it and try again.' },

  'app.unsaved-text': {
    what: 'A window has text that is not saved, so Berth has not quit.',
    todo: 'Save the text. Or quit again, and choose to discard it.',
  },

  'host.already-running': {
    what: 'Berth is already running (process {pid}) and uses {folder}.',
    todo: 'Use the Berth that is running, or quit it first.',
  },
  'host.qemu-missing': {
    what: 'QEMU ({binary}) was not found on this computer.',
    todo: 'Install it ({install}) and try again.',
  },
  'host.no-space': {
    what: 'Only {free} of disk space is left in {folder}, but {needed} is needed.',
    todo: 'Free some disk space and try again.',
  },
  'host.folder-unwritable': {
    what: 'Berth cannot write to {folder}.',
    todo: 'Give your user write permission for this folder, or set BERTH_HOME to another one.',
  },

  'session.not-found': { what: 'This session has ended.', todo: 'Open a new one.' },
  'session.spawn-failed': {
    what: 'The shell could not be started: {reason}.',
    todo: 'Check the command and try again.',
  },
  'session.window-blocked': {
    what: 'The browser blocked the shell window.',
    todo: 'Allow pop-up windows for this page and try again.',
  },
  'session.detached': {
    what: 'You left the shell with the detach keys. The shell still runs in its container.',
    todo: 'Open a new shell to continue. To end the old one, end its process there, or stop the container.',
  },
  'session.user-unknown': {
    what: 'The container {container} has no user or group {user}.',
    todo: 'Choose a user from the container’s /etc/passwd, or enter a number.',
  },
  'session.folder-unusable': {
    what: 'The shell cannot start in {folder}: {reason}.',
    todo: 'Choose a folder that exists in the container and that the user may enter.',
  },
  'session.shell-missing': {
    what: 'The container {container} cannot run {shell}.',
    todo: 'Choose another shell, or open Berth’s tool shell.',
  },

  'upload.incomplete': {
    what: 'Berth has not received the whole file.',
    todo: 'Choose the file again. Do not change it during the upload.',
  },
  'upload.not-found': { what: 'This upload has ended.', todo: 'Choose the file again.' },

  'task.not-found': {
    what: 'This task is no longer in the list.',
    todo: 'It was removed from the list. Nothing else has to be done.',
  },
  'task.still-running': { what: 'This task is still running.', todo: 'Cancel it or wait for its end.' },

  'api.disconnected': {
    what: 'The connection to Berth was lost.',
    todo: 'Berth reconnects automatically. Try again in a moment. If it does not reconnect, start Berth again.',
  },
} satisfies Partial<ErrorTexts>
