import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import { unwritable } from '../lib'
import { berthFiles } from './berth-files'

export type { Logger }

/** The log hides these fields at the top of a record and one level below. Deeper fields are not hidden. */
const secrets = ['privateKey', 'hostKey', 'key', 'token', 'password', 'cookie', 'authorization', 'env']

/** A log with more bytes than this is renamed. Only one older log is kept. */
const rotateAbove = 5_000_000

/**
 * The app's log, as JSON lines in `berth.log` of `folder`; see {@link LogFile}.
 * @throws BerthError host.folder-unwritable, host.no-space
 */
export function createLog(folder: string, options: { level?: string } = {}): Logger {
  return pino(logOptions(options.level), openLog(folder))
}

function openLog(folder: string): LogFile {
  try {
    return new LogFile(folder, berthFiles.log.name)
  } catch (error) {
    throw unwritable(folder, error)
  }
}

/** The options that `createLog` passes to pino. Tests use these options with another destination. */
export function logOptions(level = 'info') {
  return {
    level,
    base: null,
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  }
}

/** Runs `act` and logs its failure. Never rejects, so that one failed service does not stop the others. */
export async function step(log: Logger, name: string, act: () => void | Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    log.error({ err: error, step: name }, 'a service failed to start, change or stop')
  }
}

/**
 * A file of lines that only this user can read. Each line is written immediately, so that the log is complete up to
 * a crash. If a line cannot be written, for example because the disk is full, only that line is lost. The log still
 * tries to write the next line.
 */
class LogFile {
  readonly #file: string
  #descriptor: number
  #bytes: number
  /** True if only a part of the last line was written. */
  #torn = false

  /** @throws the system's error if the file cannot be opened */
  constructor(folder: string, name: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#file = join(folder, name)
    this.#descriptor = this.#open()
    this.#bytes = fstatSync(this.#descriptor).size
  }

  /** Never throws. */
  write(line: string): void {
    try {
      if (this.#bytes > rotateAbove) this.#rotate()
      const text = Buffer.from(this.#torn ? `\n${line}` : line)
      const written = writeSync(this.#descriptor, text)
      this.#bytes += written
      this.#torn = written < text.length
    } catch {
      // The failure cannot be reported, because this log would be the only place for it.
    }
  }

  #rotate(): void {
    // If the last rotation could not open a new file, there is nothing to rename.
    if (existsSync(this.#file)) renameSync(this.#file, `${this.#file}.1`)
    const descriptor = this.#open()
    closeSync(this.#descriptor)
    this.#descriptor = descriptor
    this.#bytes = 0
  }

  #open(): number {
    return openSync(this.#file, 'a', 0o600)
  }
}
