export const folders = {
  title: 'Shared folders',
  change: 'Change',
  none: 'None. Containers see no folder of this computer.',
  writable: 'Containers can read and write it.',
  readOnly: 'Containers can only read it.',
  hint: {
    title: 'A program in a container wanted another owner for these',
    text: 'That is not possible in folders of this computer, and databases often insist on it. Keep such data in a volume instead.',
  },
}
