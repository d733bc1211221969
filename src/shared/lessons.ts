/** The chapters of Learn and their lessons, in the order of a first course about Docker. */
export const chapters = [
  { id: 'first', lessons: ['hello', 'command', 'columns', 'exec', 'stop'] },
  { id: 'image', lessons: ['build', 'copy', 'publish', 'workdir', 'cache', 'mount'] },
  { id: 'isolation', lessons: ['limits', 'namespaces'] },
  { id: 'data', lessons: ['volume', 'replace'] },
  { id: 'transport', lessons: ['commit', 'save', 'export', 'compose'] },
] as const

export type LessonId = (typeof chapters)[number]['lessons'][number]
export const lessonIds = chapters.flatMap(({ lessons }): LessonId[] => [...lessons])

/** What a list of commands has instead of a command: the user edits the source, or requests the page of the server. */
export const lessonSteps = { edit: '# server.js', ask: '# page' } as const
/** The beginning of the command that removes the containers of an earlier attempt. */
export const clearingCommand = 'docker rm -f -v '

/** Everything that Learn makes has this label. Containers inherit it from the images of Learn. */
export const learnLabel = 'berth.learn'
/** The images that Learn makes in the machine. They need no registry. */
export const learnImages = { hello: 'berth/learn-hello:latest', node: 'berth/learn-node:latest' } as const
/** The files of the example. Learn writes them into the user's folder. */
export const exampleFiles = [
  'package.json',
  'server.js',
  'Dockerfile.1-node',
  'Dockerfile.2-no-copy',
  'Dockerfile.3-copy',
  'Dockerfile.4-workdir',
  'Dockerfile.5-cache',
  '.dockerignore',
  'compose.yaml',
] as const
export type ExampleFile = (typeof exampleFiles)[number]
