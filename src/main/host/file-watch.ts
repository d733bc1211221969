import { EventEmitter } from 'node:events'
import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import { message } from '../lib'
import type { Logger } from './log'

/** `change` is emitted after this many milliseconds without another change. Programs often write in several steps. */
const settledMs = 100

/**
 * Emits `change` after a file has changed, whether Berth or another program changed it. With `folder`, watches the
 * names in a folder and the content of its files instead.
 */
export class FileWatch extends EventEmitter<{ change: [] }> {
  readonly #folder: string
  readonly #name: string | undefined
  readonly #log: Logger
  #watcher: FSWatcher | undefined
  #settled: NodeJS.Timeout | undefined

  constructor(file: string, log: Logger, { folder = false }: { folder?: boolean } = {}) {
    super()
    this.#folder = folder ? file : dirname(file)
    this.#name = folder ? undefined : basename(file)
    this.#log = log
  }

  /** Begins to watch. Call it again if the folder may have been created or replaced. */
  start(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    try {
      // The folder is watched instead of the file, because programs often replace a file to change it.
      this.#watcher = watch(this.#folder, { persistent: false }, (_event, name) => {
        if (this.#name === undefined || name === null || name === this.#name) this.#changed()
      })
      this.#watcher.on('error', (error) => {
        this.#log.info({ folder: this.#folder, reason: message(error) }, 'stopped watching a file')
        this.close()
      })
    } catch (error) {
      this.#log.info({ folder: this.#folder, reason: message(error) }, 'could not watch a file')
    }
  }

  close(): void {
    clearTimeout(this.#settled)
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #changed(): void {
    clearTimeout(this.#settled)
    this.#settled = setTimeout(() => this.emit('change'), settledMs)
  }
}
