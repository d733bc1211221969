export const folders = {
  title: 'Shared folders',
  change: 'Change',
  none: 'None. Containers see no folder of this computer.',
  writable: 'Containers can read and write it.',
  readOnly: 'Containers can only read it.',
  hint: {
    title: 'A program in a container has given these to another owner',
    text: 'Containers see the new owner until the machine is restarted; on this computer the files stay yours. Databases are faster and safer on the machine’s own disk. Keep such data in a volume instead.',
  },
}
