import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { shortId } from '../../shared/short-id'
import { JsonLines } from '../engine'
import { mostSteps, type TimelineRecorder } from '../timelines'

/** A line of the answer to `POST /build`, as the engine's own builder writes it. */
const lineSchema = z.object({
  stream: z.string().optional(),
  error: z.string().optional(),
  aux: z.object({ ID: z.string() }).optional(),
})

/**
 * The steps of a build without BuildKit. The engine writes a line when a step begins, so the times are those of the
 * lines' arrival. The programs of the build write to the same stream, so only the lines that the engine would write now
 * count.
 */
export class LegacyBuild {
  readonly #timeline: TimelineRecorder
  readonly #lines = new JsonLines()
  #end: ((error?: unknown) => void) | undefined
  #error: BerthError | undefined
  /** The number of the last step. */
  #step = 0
  /** How many steps the Dockerfile has, as the engine writes it. */
  #all: string | undefined
  /** The engine says next whether the step is in the cache. */
  #mayBeCached = false

  constructor(timeline: TimelineRecorder) {
    this.#timeline = timeline
  }

  /** The error with which the engine has ended the build. */
  get error(): BerthError | undefined {
    return this.#error
  }

  /** Takes the next bytes of the answer. */
  push(chunk: Buffer): void {
    for (const value of this.#lines.push(chunk)) {
      const { stream = '', error, aux } = lineSchema.safeParse(value).data ?? {}
      this.#take(stream)
      if (aux !== undefined && this.#timeline.name === '') this.#timeline.name = shortId(aux.ID)
      if (error !== undefined) {
        const { name } = this.#timeline
        this.#error = new BerthError('build.failed', { name }, { detail: error })
      }
    }
  }

  #take(stream: string): void {
    const [, step, all, instruction] = /^Step (\d+)\/(\d+) : (.+)/.exec(stream) ?? []
    const isNext = Number(step) === this.#step + 1 && all === (this.#all ?? all)
    if (isNext && instruction !== undefined) this.#begin({ all, instruction })
    else if (stream.trim() !== '') {
      if (this.#mayBeCached && stream.trim() === '---> Using cache') this.#timeline.stepCached()
      this.#mayBeCached = false
    }
  }

  #begin({ all = '', instruction }: { all: string | undefined; instruction: string }): void {
    this.#end?.()
    this.#step += 1
    this.#all = all
    this.#mayBeCached = this.#step <= mostSteps
    // As BuildKit names it, so that a step is compared with the same one of another build.
    const label = `[${String(this.#step)}/${all}] ${instruction}`
    this.#end = this.#step > mostSteps ? undefined : this.#timeline.begin('instruction', label)
  }

  /** The answer has ended. */
  end(error: unknown): void {
    this.#end?.(error)
    this.#timeline.end(error)
  }
}
