import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Characters of what `qemu-img` says that are kept, of its beginning and of its end. */
const keptOutput = 4_000

export interface QemuImgResult {
  /** Null when it could not be run, or was killed. */
  code: number | null
  output: string
}

/**
 * Runs qemu-img to its end; never rejects. It may have a line to say for each cluster of a disk, megabytes of them:
 * `onLine` hears them all, the result keeps the first and the last.
 */
export function runQemuImg(
  qemuImg: string,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
): Promise<QemuImgResult> {
  return new Promise((resolve) => {
    const child = spawn(qemuImg, args, { windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let [first, last] = ['', '']
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (line) => {
        onLine(line)
        if (first.length < keptOutput) first += `${line}\n`
        else last = `${last}${line}\n`.slice(-keptOutput)
      })
    const end = (code: number | null, reason = '') => {
      resolve({ code, output: `${first}${last}${reason}`.trim() })
    }
    child.once('error', (error) => {
      end(null, error.message)
    })
    child.once('close', (code) => {
      end(code)
    })
  })
}

/** True of what QEMU and its tools write when they are refused a disk (QEMU 7.2, block/file-posix.c). */
export function saysLocked(stderr: string): boolean {
  return /Is another process using the image|Failed to get ".*" lock|used by another process/.test(stderr)
}
