import { type LearnProgress, learnProgressSchema } from '../../shared/learn'
import { berthFile, type Logger } from '../host'
import { JsonFile, jsonReason, sequencer } from '../lib'

const nothing: LearnProgress = {
  begunAt: null,
  current: null,
  folder: null,
  seen: {},
  earlier: {},
  results: [],
}

/** The user's progress in Learn, in a file of Berth. */
export class ProgressFile {
  readonly #file: JsonFile<LearnProgress>
  readonly #log: Logger
  /** Runs the changes of the file one after the other. */
  readonly #inTurn = sequencer()
  #current = nothing

  constructor({ home, log }: { home: string; log: Logger }) {
    this.#log = log
    this.#file = new JsonFile({ path: berthFile({ home }, 'learnProgress'), schema: learnProgressSchema })
  }

  get current(): LearnProgress {
    return this.#current
  }

  /** Reads the file. If that fails, what Berth knows already stays. */
  read(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        this.#current = (await this.#file.read()) ?? nothing
      } catch (error) {
        this.#log.warn({ reason: jsonReason(error) }, 'could not read the progress in Learn')
      }
    })
  }

  /**
   * Changes the progress, and writes the file if the change is not empty.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  change(change: (before: LearnProgress) => LearnProgress): Promise<void> {
    return this.#inTurn(async () => {
      const next = change(this.#current)
      if (next === this.#current) return
      await this.#file.write(next)
      this.#current = next
    })
  }

  /** Resolves when all changes until now are in the file, or have failed. */
  written(): Promise<void> {
    return this.#inTurn(() => Promise.resolve())
  }

  /** Forgets the results. The clean-up still needs the beginning, to know what Learn made. */
  forget(): Promise<void> {
    return this.change(({ folder, begunAt }) => ({ ...nothing, folder, begunAt }))
  }
}
