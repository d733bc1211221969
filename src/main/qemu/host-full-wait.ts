import { dirname } from 'node:path'
import { spaceAgain } from '../lib'
import type { Logger } from '../host'

export interface HostFullWaitOptions {
  dataDisk: string
  log: Logger
  /** Called with true when the host's disk is full, and with false when it has space again. */
  onChange: (full: boolean) => void
}

/**
 * When the host's disk is full, QEMU stops the machine, and this class waits for space. QEMU keeps the failed writes
 * and repeats them on `cont`. The guest does not notice the wait.
 */
export class HostFullWait {
  readonly #options: HostFullWaitOptions
  #isFull = false
  #hasFailedWrite = false

  constructor(options: HostFullWaitOptions) {
    this.#options = options
  }

  /** True while the machine waits for space. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** True if a write has failed for lack of space, and QEMU has not repeated it yet. */
  get hasFailedWrite(): boolean {
    return this.#hasFailedWrite
  }

  writeFailed(): void {
    this.#hasFailedWrite = true
  }

  /**
   * Resolves when the machine may continue.
   * @throws the signal's reason
   */
  async untilSpace(signal: AbortSignal): Promise<void> {
    this.#show(true)
    await spaceAgain(dirname(this.#options.dataDisk), signal)
    this.#hasFailedWrite = false
    this.#show(false)
  }

  #show(full: boolean): void {
    const { log, onChange } = this.#options
    log.warn({ full }, full ? 'the host has no space left, so the machine waits' : 'the host has space again')
    this.#isFull = full
    onChange(full)
  }
}
