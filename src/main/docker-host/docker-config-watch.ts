import { EventEmitter } from 'node:events'
import { watch, type FSWatcher } from 'node:fs'
import { message } from '../host/files'
import type { Logger } from '../host/log'

/** The docker CLI writes its file in several steps, milliseconds. */
const settledMs = 100

/** Emits `change` when the docker CLI's `config.json` has changed: a login, a logout, another current context. */
export class DockerConfigWatch extends EventEmitter<{ change: [] }> {
  readonly #folder: string
  readonly #log: Logger
  #watcher: FSWatcher | undefined
  #settled: NodeJS.Timeout | undefined

  constructor(folder: string, log: Logger) {
    super()
    this.#folder = folder
    this.#log = log
  }

  /** Watches, where there is a folder; to be called again whenever that may be another one. */
  start(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    try {
      // The folder: the file itself is replaced by each change.
      this.#watcher = watch(this.#folder, { persistent: false }, (_event, name) => {
        if (name === null || name === 'config.json') this.#changed()
      })
      this.#watcher.on('error', (error) => {
        this.#log.info({ reason: message(error) }, 'the docker CLI’s folder is not watched any more')
        this.close()
      })
    } catch (error) {
      this.#log.info({ reason: message(error) }, 'the docker CLI’s folder is not watched')
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
