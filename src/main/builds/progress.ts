import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import { stepOutputLimit, type BuildStep, type BuildSummary } from '../../shared/builds'

const time = z
  .string()
  .nullish()
  .transform((text) => (text ? Date.parse(text) : null))

/** BuildKit's `client.SolveStatus`, as `docker buildx build --progress=rawjson` prints it. */
const solveStatusSchema = z.object({
  vertexes: z
    .array(
      z.object({
        digest: z.string(),
        inputs: z.array(z.string()).nullish(),
        name: z.string(),
        started: time,
        completed: time,
        cached: z.boolean().nullish(),
        error: z.string().nullish(),
      }),
    )
    .nullish(),
  statuses: z
    .array(
      z.object({
        id: z.string(),
        vertex: z.string(),
        current: z.number().nullish(),
        total: z.number().nullish(),
      }),
    )
    .nullish(),
  /** `data` is base64. */
  logs: z.array(z.object({ vertex: z.string(), data: z.string() })).nullish(),
})
export type SolveStatus = z.infer<typeof solveStatusSchema>

interface Step {
  shown: Omit<BuildStep, 'progress'>
  output: string
  decoder: StringDecoder
  counted: Map<string, { name: string; current: number; total: number }>
}

/**
 * Collects the progress of one build from the lines that buildx prints. A line with a JSON object is progress. The
 * other lines are buildx's own message about the failure, and `message` keeps the end of it.
 */
export class BuildProgress {
  readonly #steps = new Map<string, Step>()
  #message = ''

  /** Takes one line. Returns what it reports about the steps. Undefined if it is a line of buildx's own message. */
  add(line: string): SolveStatus | undefined {
    const status = parseStatus(line)
    if (status === undefined) {
      if (line.trim() !== '') this.#message = `${this.#message}${line}\n`.slice(-10_000)
      return undefined
    }
    this.take(status)
    return status
  }

  /** Takes what BuildKit has reported about the steps. */
  take(status: SolveStatus): void {
    for (const { digest, name, inputs, started, completed, cached, error } of status.vertexes ?? []) {
      const { shown } = this.#step(digest)
      shown.name = name
      if (inputs) shown.inputs = inputs
      // BuildKit may run a step in parts. The step starts with its first part and ends with its last part.
      shown.startedAt ??= started
      shown.endedAt = completed
      shown.cached = cached === true
      if (error) shown.error = error
    }
    for (const { id, vertex, current, total } of status.statuses ?? [])
      this.#step(vertex).counted.set(id, { name: id, current: current ?? 0, total: total ?? 0 })
    for (const { vertex, data } of status.logs ?? []) append(this.#step(vertex), data)
  }

  /** The steps in the order in which BuildKit has announced them. */
  get steps(): BuildStep[] {
    return [...this.#steps.values()]
      .filter(({ shown }) => shown.name !== '')
      .map(({ shown, counted }) => ({ ...shown, progress: [...counted.values()] }))
  }

  /** The numbers of all, ended and cached steps. BuildKit's own steps, such as `[internal] …`, count too. */
  get counts(): BuildSummary['steps'] {
    const { steps } = this
    return {
      total: steps.length,
      done: steps.filter(({ endedAt }) => endedAt !== null).length,
      cached: steps.filter(({ cached }) => cached).length,
    }
  }

  /** The message that buildx has printed besides the progress. */
  get message(): string {
    return this.#message.trim()
  }

  /** Returns the output of a step from a position. Undefined if there is no such step. */
  output(stepId: string, from: number, limit: number): { text: string; from: number } | undefined {
    const step = this.#steps.get(stepId)
    if (step === undefined) return undefined
    const dropped = step.shown.outputLength - step.output.length
    const start = Math.max(from, dropped)
    return { text: step.output.slice(start - dropped, start - dropped + limit), from: start }
  }

  /** Marks the steps that still run as ended. Call this when the build has ended. */
  close(at: number): void {
    for (const { shown } of this.#steps.values())
      if (shown.startedAt !== null && shown.endedAt === null) shown.endedAt = at
  }

  #step(id: string): Step {
    let step = this.#steps.get(id)
    if (step === undefined) {
      const times = { startedAt: null, endedAt: null }
      step = {
        shown: {
          id,
          name: '',
          inputs: [],
          ...times,
          cached: false,
          error: null,
          miss: null,
          outputLength: 0,
        },
        output: '',
        decoder: new StringDecoder('utf8'),
        counted: new Map(),
      }
      this.#steps.set(id, step)
    }
    return step
  }
}

function append(step: Step, base64: string): void {
  const text = step.decoder.write(Buffer.from(base64, 'base64'))
  step.output = (step.output + text).slice(-stepOutputLimit)
  step.shown.outputLength += text.length
}

function parseStatus(line: string): SolveStatus | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return solveStatusSchema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
