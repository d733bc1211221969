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
  /** Absolute path of the data disk, which is also among the arguments. */
  disk: string
  recordFile: string
}

/** Characters of standard error that are kept. */
const keptStderr = 8_192

/** A running QEMU. It is recorded in a file, so that the next app can end it if this one dies. */
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
      // If the record cannot be removed, its start time shows that it is stale.
      await recording.then(() => forgetProcess(recordFile)).catch(() => undefined)
      return exit
    })
  }

  /**
   * Starts QEMU and records it.
   * @throws BerthError host.no-space, host.folder-unwritable if it cannot be recorded; the system's error if the
   * program cannot be run
   */
  static async spawn({ binary, args, disk, recordFile }: QemuProcessOptions): Promise<QemuProcess> {
    const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true })
    await once(child, 'spawn')
    // A spawned child has an id.
    const pid = child.pid ?? 0
    const recording = recordProcess(recordFile, pid, disk)
    const qemu = new QemuProcess(child, pid, recording, recordFile)
    try {
      await recording
    } catch (error) {
      // After a crash of the app, nothing could find this process again.
      qemu.kill('SIGKILL')
      throw error
    }
    return qemu
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal)
  }
}
