import type { ErrorTexts } from '../../texts'

export const isolation = {
  'isolation.unsupported': {
    what: 'This guest image cannot show how a container is isolated.',
    todo: 'Use the newest guest image: the Machine page has the button.',
  },
  'isolation.driver': {
    what: 'The engine stores images with {driver}, and Berth can read the layers of overlay2 only.',
    todo: 'Use the Files tab to look at the files of the container.',
  },
  'isolation.no-trace': {
    what: 'The kernel of the machine cannot record refused system calls.',
    todo: 'Use the newest guest image: the Machine page has the button.',
  },
  'isolation.too-many-processors': {
    what: 'The machine has only {most} processors, and they are numbered from 0.',
    todo: 'Choose fewer processors, or give the machine more in the settings.',
  },
} satisfies Partial<ErrorTexts>
