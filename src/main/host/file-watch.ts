import { EventEmitter } from 'node:events'
import { watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import { message } from '../lib'
import type { Logger } from './log'

/** A file is often written in several steps, milliseconds. */
const settledMs = 100

/** Emits `change` when a file has changed, whoever changed it. */
export class FileWatch extends EventEmitter<{ change: [] }> {
  readonly #folder: string
  readonly #name: string
  readonly #log: Logger
  #watcher: FSWatcher | undefined
  #settled: NodeJS.Timeout | undefined

  constructor(file: string, log: Logger) {
    super()
    this.#folder = dirname(file)
    this.#name = basename(file)
    this.#log = log
  }

  /** Watches, where there is a folder; to be called again whenever that may be another one. */
  start(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    try {
      // The folder: the file itself is replaced by each change.
      this.#watcher = watch(this.#folder, { persistent: false }, (_event, name) => {
        if (name === null || name === this.#name) this.#changed()
      })
      this.#watcher.on('error', (error) => {
        this.#log.info({ folder: this.#folder, reason: message(error) }, 'a file is not watched any more')
        this.close()
      })
    } catch (error) {
      this.#log.info({ folder: this.#folder, reason: message(error) }, 'a file is not watched')
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
