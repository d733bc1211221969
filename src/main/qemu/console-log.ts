import { rename } from 'node:fs/promises'
import { systemErrorCode } from '../lib'

/** Sets the last launch's console aside: QEMU begins the file anew, and a crash is looked into after a restart. */
export async function archiveConsoleLog(file: string): Promise<void> {
  try {
    await rename(file, `${file}.1`)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
  }
}
