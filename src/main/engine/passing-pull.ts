import type { BerthError } from '../../shared/errors'
import type { LayerProgress } from '../../shared/images'
import { registryError } from './engine-errors'
import { nextState } from './layer-progress'
import { pullStatuses } from './pull'
import { progressSchema } from './schemas'

/** A longer line is not the engine's. */
const lineUnits = 64 * 1024

/** Follows the progress of a pull that passes Berth on its way to a docker client. Ignores what it cannot read. */
export class PassingPull {
  readonly #reference: string
  readonly #decoder = new TextDecoder()
  readonly #layers = new Map<string, LayerProgress>()
  #rest = ''
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
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, lineUnits)
    for (const line of lines) this.#take(line)
    return [...this.#layers.values()]
  }

  #take(line: string): void {
    const { data: progress } = progressSchema.safeParse(parsed(line))
    if (progress === undefined) return
    if (progress.error !== undefined) this.#error = registryError(progress.error, this.#reference)
    const status = pullStatuses[progress.status ?? '']
    if (status === undefined || progress.id === undefined) return
    this.#layers.set(progress.id, nextState(this.#layers.get(progress.id), progress.id, status, progress))
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
