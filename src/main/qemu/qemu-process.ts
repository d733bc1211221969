import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { forgetProcess, recordProcess } from './process-record'

export interface QemuExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines that QEMU wrote to its standard error. */
  stderr: string
}

export interface QemuProcessOptions {
  binary: string
  args: string[]
  /** The absolute path of the data disk. `args` contains the same path. */
  disk: string
  recordFile: string
}

/** How many characters of standard error are kept. */
const keptStderr = 8_192

/** A running QEMU. A file records it: if this app dies, the next app can end this QEMU. */
export class QemuProcess {
  readonly pid: number
  /** Resolves when the process has ended. */
  readonly exited: Promise<QemuExit>
  readonly #child: ChildProcess
  #stderr = ''

  private constructor(child: ChildProcess, pid: number, recording: Promise<void>, recordFile: string) {
    this.#child = child
    this.pid = pid
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr)
    })
    const closed = new Promise<QemuExit>((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ code, signal, stderr: this.#stderr.trim() })
      })
    })
    this.exited = closed.then(async (exit) => {
      // The record may stay if it cannot be removed. The start time in it shows later that it is out of date.
      await recording.then(() => forgetProcess(recordFile)).catch(() => undefined)
      return exit
    })
  }

  /**
   * Starts QEMU and records it.
   * @throws BerthError host.no-space, host.folder-unwritable if the record cannot be written; the system's error if the
   * program cannot be run
   */
  static async spawn({ binary, args, disk, recordFile }: QemuProcessOptions): Promise<QemuProcess> {
    const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true })
    await once(child, 'spawn')
    // After `spawn`, the child always has an id. The 0 only satisfies the type.
    const pid = child.pid ?? 0
    const recording = recordProcess(recordFile, pid, disk)
    const qemu = new QemuProcess(child, pid, recording, recordFile)
    try {
      await recording
    } catch (error) {
      // Without a record, no later app could find this process after a crash.
      qemu.kill('SIGKILL')
      throw error
    }
    return qemu
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal)
  }
}
