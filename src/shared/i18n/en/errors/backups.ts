import type { ErrorTexts } from '../../texts'

export const backups = {
  'backup.not-found': {
    what: 'This backup no longer exists.',
    todo: 'It was removed. Choose another backup.',
  },
  'backup.busy': {
    what: 'The volume {volume} is already being backed up or restored.',
    todo: 'Wait until that task has ended, or cancel it.',
  },
  'backup.not-an-archive': {
    what: 'The file is not a tar archive.',
    todo: 'Choose a file that ends with .tar or .tar.gz.',
  },
  'backup.damaged': {
    what: 'The archive is damaged or incomplete.',
    todo: 'Use another backup, or copy the file again. The volume was not changed.',
  },
  'backup.unsafe-path': {
    what: 'The archive has an entry that could lead out of the volume: {path}',
    todo: 'Berth refuses such archives. Make the archive again with relative paths. The volume was not changed.',
  },
  'backup.device': {
    what: 'The archive has a device file: {path}',
    todo: 'Berth refuses device files in archives from elsewhere. Make the archive without it. The volume was not changed.',
  },
  'backup.unsupported-entry': {
    what: 'The archive has an entry of an unknown kind: {path}',
    todo: 'Make the archive again without options for sparse files or incremental backups. The volume was not changed.',
  },
  'backup.volume-running': {
    what: 'Running containers use the volume {volume}: {containers}',
    todo: 'Stop these containers, or restore into a volume with another name.',
  },
  'backup.volume-options': {
    what: 'The volume {volume} has options of its driver, so its content cannot be replaced.',
    todo: 'Restore into a volume with another name.',
  },
} satisfies Partial<ErrorTexts>
