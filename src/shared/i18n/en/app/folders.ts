export const folders = {
  title: 'Shared folders',
  change: 'Change',
  none: 'None. Containers cannot see any folder on this computer.',
  writable: 'Containers can read and write it.',
  readOnly: 'Containers can only read it.',
  offer: {
    title: 'A container could not mount {path}, because it is in no shared folder.',
    text: 'If you share {folder}, containers can read and change everything in it that you can.',
    share: 'Share this folder',
    shared: 'Containers can now mount {folder}',
  },
  hint: {
    title: 'A program in a container changed the owner of these files',
    text: 'Containers see the new owner until the machine restarts. On this computer, the files stay yours. Databases are faster and safer on the machine’s own disk. Keep such data in a volume instead.',
  },
}
