import { EventEmitter } from 'node:events'
import { z } from 'zod'
import { type Container, isActive } from '../../shared/containers'
import type { EngineChange, EngineState } from '../engine'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { type Emits, JsonFile, jsonReason, sequencer } from '../lib'

export interface InterruptionsOptions {
  paths: Pick<BerthPaths, 'machine'>
  log: Logger
  state: Pick<EngineState, 'containers'> & Emits<'change', [EngineChange]>
}

const schema = z.object({ running: z.array(z.string()) })

/**
 * Remembers which containers ran when Berth last lost the engine. After a restart, the engine does not tell whether a
 * stopped container was stopped by the user or by the restart. A file keeps them, because Berth may restart too.
 * `change` is emitted when the file has been read.
 */
export class Interruptions extends EventEmitter<{ change: [] }> {
  readonly #log: Logger
  readonly #file: JsonFile<z.infer<typeof schema>>
  readonly #inTurn = sequencer()
  /** Resolves when the file has been read and written. */
  #written: Promise<void>
  /** Undefined until the file has been read. */
  #running: ReadonlySet<string> | undefined

  constructor({ paths, log, state }: InterruptionsOptions) {
    super()
    this.#log = log
    this.#file = new JsonFile({ path: berthFile(paths, 'interruptedContainers'), schema })
    this.#written = this.#inTurn(() => this.#read())
    state.on('change', ({ type }) => {
      if (type === 'offline') this.#note([...state.containers.values()])
    })
  }

  /** True if the container ran when Berth last lost the engine. */
  has(id: string): boolean {
    return this.#running?.has(id) === true
  }

  /** Waits until the file is up to date. */
  settled(): Promise<void> {
    return this.#written
  }

  #note(containers: readonly Container[]): void {
    const running = containers.filter(isActive).map(({ id }) => id)
    this.#running = new Set(running)
    this.#written = this.#inTurn(async () => {
      try {
        await this.#file.write({ running })
      } catch (error) {
        this.#log.warn({ error: String(error) }, 'could not note the running containers')
      }
    })
  }

  async #read(): Promise<void> {
    try {
      const noted = await this.#file.read()
      // Berth may have lost the engine in the meantime.
      this.#running ??= new Set(noted?.running)
      this.emit('change')
    } catch (error) {
      this.#log.warn({ reason: jsonReason(error) }, 'could not read which containers ran')
    }
  }
}
