import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes. A log that has grown beyond this is set aside; one older log is kept. */
const rotateAbove = 5_000_000

/**
 * Lines in a file that only this user reads, each of them written when it comes: what was logged before a crash is
 * there. What the system does not take, on a full disk say, is lost, and the next line is tried again.
 */
export class LogFile {
  readonly #file: string
  #descriptor: number
  #bytes: number
  /** The last line was taken in part. */
  #torn = false

  /** @throws what the system says when the file cannot be opened */
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
      // Nobody else could be told but by this very log.
    }
  }

  #rotate(): void {
    renameSync(this.#file, `${this.#file}.1`)
    const descriptor = this.#open()
    closeSync(this.#descriptor)
    this.#descriptor = descriptor
    this.#bytes = 0
  }

  #open(): number {
    return openSync(this.#file, 'a', 0o600)
  }
}
