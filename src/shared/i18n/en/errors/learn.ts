import type { ErrorTexts } from '../../texts'

export const learn = {
  'learn.folder-used': {
    what: 'The folder {folder} is not empty. It has, for example, {file}.',
    todo: 'Choose an empty or a new folder. The lessons send the whole folder to the engine, and share it with containers.',
  },
  'learn.folder-read-only': {
    what: 'Containers can only read the folder {folder}.',
    todo: 'Choose another folder, or make this one writable in the settings for shared folders.',
  },
  'learn.not-published': {
    what: 'No container of the image learn-app that runs in this lesson has an open port 8080.',
    todo: 'Run the container with -p first, then ask again.',
  },
  'learn.no-answer': {
    what: 'No web page came from {url}.',
    todo: 'The server may not have started yet. Look at its log, then ask again.',
  },
} satisfies Partial<ErrorTexts>
