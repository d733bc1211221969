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

/** A container and the run that the restart may have ended. */
const schema = z.object({
  running: z.array(z.object({ id: z.string(), startedAt: z.number().nullable() })),
})

/**
 * Remembers which containers ran when Berth last lost the engine. After a restart, the engine does not tell whether a
 * stopped container was stopped by the user or by the restart. A file keeps them, because Berth may restart too. Berth
 * may also end without a note. So a note is about one run of a container, and a run that continues leaves it. `change`
 * is emitted when the file has been read.
 */
export class Interruptions extends EventEmitter<{ change: [] }> {
  readonly #log: Logger
  readonly #file: JsonFile<z.infer<typeof schema>>
  readonly #inTurn = sequencer()
  /** Resolves when the file has been read and written. */
  #written: Promise<void>
  /** Undefined until the file has been read. */
  #running: ReadonlyMap<string, number | null> | undefined

  constructor({ paths, log, state }: InterruptionsOptions) {
    super()
    this.#log = log
    this.#file = new JsonFile({ path: berthFile(paths, 'interruptedContainers'), schema })
    this.#written = this.#inTurn(() => this.#read())
    state.on('change', (change) => {
      if (change.type === 'offline') this.#note([...state.containers.values()])
      else if (change.type === 'snapshot') this.#leaveOut(change.containers)
    })
  }

  /** True if the container's last run was under way when Berth last lost the engine. */
  has({ id, startedAt }: Pick<Container, 'id' | 'startedAt'>): boolean {
    return this.#running?.get(id) === startedAt
  }

  /** Waits until the file is up to date. */
  settled(): Promise<void> {
    return this.#written
  }

  #note(containers: readonly Container[]): void {
    const running = containers.filter(isActive)
    this.#running = new Map(running.map(({ id, startedAt }) => [id, startedAt]))
    this.#written = this.#inTurn(() => this.#write())
  }

  /** The engine has not ended these runs. Who ends them later is not the restart. */
  #leaveOut(containers: readonly Container[]): void {
    const noted = this.#running
    this.#written = this.#inTurn(async () => {
      // Berth has lost the engine again.
      if (noted !== undefined && noted !== this.#running) return
      const gone = new Set(containers.filter((one) => isActive(one) && this.has(one)).map(({ id }) => id))
      if (gone.size === 0) return
      this.#running = new Map([...(this.#running ?? [])].filter(([id]) => !gone.has(id)))
      await this.#write()
    })
  }

  async #write(): Promise<void> {
    const running = [...(this.#running ?? [])].map(([id, startedAt]) => ({ id, startedAt }))
    try {
      await this.#file.write({ running })
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'could not note the running containers')
    }
  }

  async #read(): Promise<void> {
    try {
      const noted = await this.#file.read()
      // Berth may have lost the engine in the meantime.
      this.#running ??= new Map(noted?.running.map(({ id, startedAt }) => [id, startedAt]))
      this.emit('change')
    } catch (error) {
      this.#log.warn({ reason: jsonReason(error) }, 'could not read which containers ran')
    }
  }
}
