import type { BerthError } from '../../shared/errors'
import type { LayerProgress } from '../../shared/images'
import { registryError } from './engine-errors'
import { JsonLines } from './json-lines'
import { nextState } from './layer-progress'
import { pullStatuses } from './pull'
import { progressSchema } from './schemas'

/** Follows the progress of a pull that passes Berth on its way to a docker client. Ignores what it cannot read. */
export class PassingPull {
  readonly #reference: string
  readonly #lines = new JsonLines()
  readonly #layers = new Map<string, LayerProgress>()
  #error: BerthError | undefined

  constructor(reference: string) {
    this.#reference = reference
  }

  /** The error with which the engine has ended the pull. */
  get error(): BerthError | undefined {
    return this.#error
  }

  /** Takes the next bytes of the answer. Returns the state of all layers. */
  push(chunk: Buffer): LayerProgress[] {
    for (const value of this.#lines.push(chunk)) this.#take(value)
    return [...this.#layers.values()]
  }

  #take(value: unknown): void {
    const { data: progress } = progressSchema.safeParse(value)
    if (progress === undefined) return
    if (progress.error !== undefined) this.#error = registryError(progress.error, this.#reference)
    const status = pullStatuses[progress.status ?? '']
    if (status === undefined || progress.id === undefined) return
    this.#layers.set(progress.id, nextState(this.#layers.get(progress.id), progress.id, status, progress))
  }
}
