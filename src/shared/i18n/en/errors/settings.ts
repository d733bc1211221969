import type { ErrorTexts } from '../../texts'

export const settings = {
  'settings.broken': {
    what: 'The settings in {file} could not be read and are not used.',
    todo: 'The old file is kept as {kept}. Correct it and put it back, or choose your settings again.',
  },
  'settings.section-broken': {
    what: 'Some settings in {file} are not valid and are not used: {sections}.',
    todo: 'The original file is kept as {kept}. Correct these settings and put it back, or choose them again.',
  },
  'settings.newer': {
    what: 'The settings in {file} were saved by a newer version of Berth (format {version}).',
    todo: 'Use that version of Berth, or move the file away to start with the defaults.',
  },
  'settings.unreadable': {
    what: 'The settings in {file} cannot be read, or cannot be copied to a safe place: {reason}.',
    todo: 'Give your user access to the file, or move it away to start with the defaults. Then start Berth again.',
  },
  'settings.unwritable': {
    what: 'The settings could not be saved to {file}. Nothing has changed.',
    todo: 'Check the folder’s permissions and the free disk space, then try again.',
  },
  'settings.over-limit': {
    what: '{field} cannot be {value}: this computer has {most}.',
    todo: 'Choose a smaller value.',
  },
  'settings.disk-smaller': {
    what: 'The data disk already has {present} GiB and cannot be reduced to {size} GiB.',
    todo: 'Choose {present} GiB or more. The disk file on this computer only takes up the space in use.',
  },
  'settings.certificate-invalid': {
    what: 'This is not a certificate: {reason}.',
    todo: 'Choose a certificate file (PEM or DER), or paste text that contains “-----BEGIN CERTIFICATE-----”.',
  },
  'settings.daemon-refused': {
    what: '“{key}” cannot be set: it could cut Berth off from the engine, or cause data loss.',
    todo: 'Remove it from daemon.json.',
  },
  'settings.daemon-unknown': {
    what: '“{key}” is not an option of the Docker Engine in the machine.',
    todo: 'Remove or correct it. Known options: {known}.',
  },
  'settings.daemon-type': {
    what: 'The value of “{key}” has the wrong type for this option of the Docker Engine.',
    todo: 'Look up the option in Docker’s documentation of daemon.json, and correct it.',
  },
  'settings.daemon-rejected': {
    what: 'The Docker Engine does not accept these settings: {reason}',
    todo: 'Correct them. The engine keeps running with its previous settings.',
  },
  'settings.engine-restored': {
    what: 'The Docker Engine did not start with the new settings: {reason}',
    todo: 'The engine is running again with its previous settings. Correct the new ones and apply them again.',
  },
  'settings.engine-in-swarm': {
    what: 'The Docker Engine is in swarm mode. It cannot restart without stopping its containers.',
    todo: 'Restart the machine to apply the settings. This stops the containers.',
  },
} satisfies Partial<ErrorTexts>
