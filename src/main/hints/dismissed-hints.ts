import { EventEmitter } from 'node:events'
import { z } from 'zod'
import { type Dismissal, dismissalSchema } from '../../shared/hints'
import type { EngineChange } from '../engine'
import { berthFile, type Logger } from '../host'
import { type Emits, JsonFile, jsonReason, sequencer } from '../lib'

export interface DismissedHintsOptions {
  /** Berth's home folder. */
  home: string
  log: Logger
  state: Emits<'change', [EngineChange]>
}

/** A newer version of Berth may have dismissed a rule that this one does not know. */
const schema = z.object({ dismissed: z.array(z.unknown()) })

/**
 * The hints that the user has dismissed: by the container's name, because a container keeps its name when it is
 * recreated. `change` is emitted after each change. The file is read again whenever Berth connects to the engine,
 * because a factory reset removes the file.
 */
export class DismissedHints extends EventEmitter<{ change: [] }> {
  readonly #log: Logger
  readonly #file: JsonFile<z.infer<typeof schema>>
  readonly #inTurn = sequencer()
  #dismissed: readonly Dismissal[] = []
  /** What this version cannot read. It stays in the file. */
  #unknown: readonly unknown[] = []

  constructor({ home, log, state }: DismissedHintsOptions) {
    super()
    this.#log = log
    this.#file = new JsonFile({ path: berthFile({ home }, 'dismissedHints'), schema })
    void this.#read()
    state.on('change', ({ type }) => {
      if (type === 'snapshot') void this.#read()
    })
  }

  has({ container, rule }: Dismissal): boolean {
    return this.#dismissed.some((one) => one.container === container && one.rule === rule)
  }

  /**
   * Dismisses a rule for the containers of a name, or shows it again.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  set({ container, rule }: Dismissal, dismissed: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const others = this.#dismissed.filter((one) => one.container !== container || one.rule !== rule)
      const next = dismissed ? [...others, { container, rule }] : others
      await this.#file.write({ dismissed: [...next, ...this.#unknown] })
      this.#dismissed = next
      this.emit('change')
    })
  }

  #read(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        const entries = (await this.#file.read())?.dismissed ?? []
        this.#dismissed = entries.flatMap((entry) => dismissalSchema.safeParse(entry).data ?? [])
        this.#unknown = entries.filter((entry) => !dismissalSchema.safeParse(entry).success)
      } catch (error) {
        this.#log.warn({ reason: jsonReason(error) }, 'could not read the dismissed hints')
      }
      this.emit('change')
    })
  }
}
