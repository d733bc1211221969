import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { readAtMost } from '../lib'

/** The most bytes of a Dockerfile and of a `.dockerignore`. */
export const smallFileBytes = 1024 ** 2

/**
 * Opens a file of a build's folder. The folder may come from anybody: a pipe, or a link to a device, would block Berth
 * or never end.
 * @throws the system's error; Error if the path leads to no file
 */
export async function openFile(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK, a pipe that nobody writes to would block forever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is not a file')
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * Reads the text of a Dockerfile or of a `.dockerignore`.
 * @throws as {@link openFile}; Error if the file has more than `smallFileBytes` bytes
 */
export async function readSmallFile(path: string): Promise<string> {
  const file = await openFile(path)
  try {
    const content = await readAtMost(file, smallFileBytes)
    if (content === undefined) throw new Error('it has more than 1 MiB')
    return content.toString('utf8')
  } finally {
    await file.close()
  }
}
