import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BerthError } from '../../shared/errors'
import { type ExampleFile, exampleFiles, learnLabel } from '../../shared/lessons'
import { fileError } from '../host'
import { systemErrorCode } from '../lib'

const from = `# Berth's small stand-in for Node.js needs no internet.
# The real one does: FROM node:20-alpine
FROM berth/learn-node
LABEL ${learnLabel}="example"
`
const start = 'CMD ["node", "server.js"]\n'

/** The example's files as Berth writes them. */
export const exampleTexts: Readonly<Record<ExampleFile, string>> = {
  'package.json': `{
  "name": "berth-learn",
  "version": "1.0.0",
  "main": "server.js",
  "dependencies": {
    "express": "^4.21.0"
  }
}
`,
  'server.js': `const express = require('express')

const PORT = 8080
const app = express()

app.get('/', (req, res) => {
  res.send('Hello World')
})

app.listen(PORT, '0.0.0.0')
console.log('The server runs.')
`,
  'Dockerfile.1-node': `${from}CMD ["node", "--version"]\n`,
  'Dockerfile.2-no-copy': `${from}RUN npm install\n${start}`,
  'Dockerfile.3-copy': `${from}COPY package.json ./\nCOPY server.js ./\nRUN npm install\n${start}`,
  'Dockerfile.4-workdir': `${from}WORKDIR /usr/src/app\nCOPY ./ ./\nRUN npm install\n${start}`,
  'Dockerfile.5-cache': `${from}WORKDIR /usr/src/app\nCOPY package.json ./\nRUN npm install\nCOPY ./ ./\n${start}`,
  // The lessons write archives into the folder, and the edit of a file keeps the old one.
  '.dockerignore': '*.tar\n*.bak\n',
  'compose.yaml': `name: learn-compose
services:
  web:
    build:
      context: .
      dockerfile: Dockerfile.5-cache
    ports:
      - '5001:8080'
  client:
    image: berth/learn-hello
    command: ['visit', 'http://web:8080/']
`,
}

/** What an operating system puts into a folder by itself. */
const ownOfSystem = new Set(['.DS_Store', '.localized', 'desktop.ini', 'Thumbs.db'])

/** The name of the file that marks a folder as the example's, so that Berth knows the files as its own. */
const mark = '.berth-learn'

export interface ExampleFolder {
  folder: string
  /** Makes the folder available to containers, if it is not yet. */
  share: (folder: string) => Promise<void>
}

/**
 * Writes the example's files into a folder, which is created and shared if necessary. Files of an earlier call stay as
 * they are, also if the user has changed them. If this throws, a new folder is removed again. A folder with other files
 * is refused, because every build of the lessons sends the whole folder to the engine, and containers may write into
 * it.
 * @throws BerthError learn.folder-used if the folder has other files; files.not-a-folder,
 * files.not-found, files.not-allowed, files.failed, host.no-space; the errors of `share`
 */
export async function writeExample({ folder, share }: ExampleFolder): Promise<void> {
  const isNew = await ownFolder(folder)
  try {
    await share(folder)
    await writeNew(join(folder, mark), 'Berth Learn wrote the files of this folder. You may delete them.\n')
    for (const name of exampleFiles) await writeNew(join(folder, name), exampleTexts[name])
  } catch (error) {
    if (isNew) await rm(folder, { recursive: true, force: true })
    throw fileError(folder, error)
  }
}

/** Returns true if this call has made the folder. Its parent must exist. */
async function ownFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    return true
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw fileError(folder, error)
  }
  try {
    const names = await readdir(folder)
    const file = names.find((name) => !ownOfSystem.has(name))
    if (!names.includes(mark) && file !== undefined)
      throw new BerthError('learn.folder-used', { folder, file })
  } catch (error) {
    throw systemErrorCode(error) === 'ENOTDIR'
      ? new BerthError('files.not-a-folder', { path: folder })
      : fileError(folder, error)
  }
  return false
}

/** Writes a file unless there is one of this name. */
async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' })
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error
  }
}
