import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether a program is on the PATH. Works on Linux only, because Windows would also need file name extensions. */
export function isOnPath(program) {
  return process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)))
}
