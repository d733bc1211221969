import type { ErrorTexts } from '../berth-error'

export const appTextsEn = {
  internal: {
    what: 'Something went wrong inside Berth.',
    todo: 'Try again. If it happens again, report it with the details below.',
  },

  'input.invalid': { what: '{field} is not valid: {reason}.', todo: 'Correct it and try again.' },

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
    what: 'The settings in {file} could not be read and are not used.',
    todo: 'The old file is kept as {kept}: correct it and put it back, or set again what you need.',
  },
  'settings.section-broken': {
    what: 'Parts of the settings in {file} could not be understood and are not used: {sections}.',
    todo: 'The file as it was is kept as {kept}: correct these parts and put it back, or set again what you need.',
  },
  'settings.newer': {
    what: 'The settings in {file} were written by a newer Berth (version {version}).',
    todo: 'Use that Berth, or move the file away to begin with the defaults.',
  },
  'settings.unreadable': {
    what: 'The settings in {file} cannot be read or set aside: {reason}.',
    todo: 'Give yourself access to the file, or move it away to begin with the defaults; then start Berth again.',
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
    what: 'This is not a certificate: {reason}.',
    todo: 'Choose a certificate file (PEM or DER), or paste text with “-----BEGIN CERTIFICATE-----” in it.',
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
} satisfies Partial<ErrorTexts>
