import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { JsonLines } from '../engine'
import type { TimelineRecorder } from '../timelines'

/** A line of the answer to `POST /build`, as the engine's own builder writes it. */
const lineSchema = z.object({
  stream: z.string().optional(),
  error: z.string().optional(),
  aux: z.object({ ID: z.string() }).optional(),
})

/**
 * The steps of a build without BuildKit. The engine writes a line when a step begins, so the times are those of the
 * lines' arrival.
 */
export class LegacyBuild {
  readonly #timeline: TimelineRecorder
  readonly #lines = new JsonLines()
  #end: ((error?: unknown) => void) | undefined
  #error: BerthError | undefined

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
      const [, place, instruction] = /^Step (\d+\/\d+) : (.+)/.exec(stream) ?? []
      if (place !== undefined && instruction !== undefined) {
        this.#end?.()
        // As BuildKit names it, so that a step is compared with the same one of another build.
        this.#end = this.#timeline.begin('instruction', `[${place}] ${instruction}`)
      }
      if (stream.trim() === '---> Using cache') this.#timeline.stepCached()
      if (aux !== undefined && this.#timeline.name === '') this.#timeline.name = shortId(aux.ID)
      if (error !== undefined) {
        const { name } = this.#timeline
        this.#error = new BerthError('build.failed', { name }, { detail: error })
      }
    }
  }

  /** The answer has ended. */
  end(error: unknown): void {
    this.#end?.(error)
    this.#timeline.end(error)
  }
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}
