import { createInterface } from 'node:readline'
import { runProgram } from '../lib'

/** How many characters of the output's beginning are kept. As many characters of the output's end are kept too. */
const keptOutput = 4_000

export interface QemuImgResult {
  /** Null if qemu-img could not be run, or was killed. */
  code: number | null
  output: string
}

/**
 * Runs qemu-img to its end. Never rejects. qemu-img may print a line for each cluster of a disk, which makes megabytes
 * of text. So the result keeps only the first and the last lines, and `onLine` is called with every line.
 */
export async function runQemuImg(
  qemuImg: string,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
): Promise<QemuImgResult> {
  const running = runProgram(qemuImg, args, { stdin: 'ignore', buffer: false, reject: false })
  let [first, last] = ['', '']
  for (const stream of [running.stdout, running.stderr])
    createInterface(stream).on('line', (line) => {
      onLine(line)
      if (first.length < keptOutput) first += `${line}\n`
      else last = `${last}${line}\n`.slice(-keptOutput)
    })
  const { exitCode, signal, shortMessage } = await running
  const notRun = exitCode === undefined && signal === undefined ? shortMessage : ''
  return { code: exitCode ?? null, output: `${first}${last}${notRun}`.trim() }
}

/** True if QEMU or one of its tools reports that a disk file is locked (QEMU 7.2, block/file-posix.c). */
export function saysLocked(stderr: string): boolean {
  return /Is another process using the image|Failed to get ".*" lock|used by another process/.test(stderr)
}
