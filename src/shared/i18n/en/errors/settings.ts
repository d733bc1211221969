import type { ErrorTexts } from '../../texts'

export const settings = {
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
} satisfies Partial<ErrorTexts>
