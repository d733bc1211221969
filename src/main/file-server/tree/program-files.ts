import { readSync } from 'node:fs'

/** The first bytes of the files that Linux executes: binaries (ELF), and scripts with an interpreter. */
const starts = ['\x7fELF', '#!'].map((start) => Buffer.from(start, 'latin1'))

/** Whether an open file starts with the first bytes of a program. */
export function startsAsProgram(fd: number): boolean {
  const begin = Buffer.alloc(4)
  readSync(fd, begin, 0, begin.length, 0)
  return starts.some((start) => begin.subarray(0, start.length).equals(start))
}
