import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Build,
  type BuildFailure,
  type BuildRequest,
  buildSchema,
  type BuildStatus,
  type BuildSummary,
} from '../../shared/builds'
import { BerthError } from '../../shared/errors'
import type { Buildx, BuildxBuild } from './buildx'
import { lineOfStep } from './dockerfile'
import { findMistake } from './mistakes'
import { BuildProgress } from './progress'

/** The code units at the end of a failed step's output in which Berth looks for a common mistake. */
const mistakeOutput = 10_000
/** The first bytes of a script that show its line ends. */
const lineEndBytes = 4096

/** One build that this app has started. */
export class RunningBuild {
  readonly id: string
  readonly progress = new BuildProgress()
  readonly #request: BuildRequest
  readonly #dockerfileText: string
  readonly #changed: () => void
  readonly #cancelling = new AbortController()
  readonly #startedAt = Date.now()
  #status: BuildStatus = 'running'
  #endedAt: number | null = null
  #failure: BuildFailure | null = null
  #hints: Build['hints'] = []
  #imageId: string | null = null
  #done = Promise.resolve()

  constructor(options: { id: string; request: BuildRequest; dockerfileText: string; changed: () => void }) {
    this.id = options.id
    this.#request = options.request
    this.#dockerfileText = options.dockerfileText
    this.#changed = options.changed
  }

  /** Begins the build. Resolves when the build has ended, in any way. */
  run(buildx: Buildx, build: BuildxBuild): Promise<void> {
    this.#done = this.#run(buildx, build)
    return this.#done
  }

  /** Ends the build. Resolves when it has ended. */
  async cancel(): Promise<void> {
    this.#cancelling.abort()
    await this.#done
  }

  get folder(): string {
    return this.#request.folder
  }

  get isRunning(): boolean {
    return this.#status === 'running'
  }

  get summary(): BuildSummary {
    const { folder, tags } = this.#request
    return {
      id: this.id,
      origin: 'berth',
      name: tags[0] ?? folder,
      tags,
      status: this.#status,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      steps: this.progress.counts,
    }
  }

  get build(): Build {
    return {
      ...this.summary,
      request: buildSchema.shape.request.parse(this.#request),
      stepList: this.progress.steps,
      failure: this.#failure,
      hints: this.#hints,
      dockerfileText: this.#dockerfileText,
      imageId: this.#imageId,
    }
  }

  async #run(buildx: Buildx, build: BuildxBuild): Promise<void> {
    const { signal } = this.#cancelling
    const checking = buildx.check(build, signal).then(
      (hints) => {
        this.#hints = hints
        this.#changed()
      },
      // Without hints, the build is still complete.
      () => undefined,
    )
    try {
      const { code, imageId } = await buildx.build(
        build,
        (line) => {
          this.#take(line)
        },
        signal,
      )
      this.#imageId = imageId
      if (code === 0) await this.#end('succeeded')
      else await this.#end('failed', this.progress.message)
    } catch (error) {
      if (signal.aborted) await this.#end('cancelled')
      else await this.#end('failed', BerthError.from(error).message)
    }
    // A cancelled build does not wait for its check, because the check may wait for a connection.
    if (!signal.aborted) await checking
  }

  #take(line: string): void {
    if (this.progress.add(line)) this.#changed()
  }

  async #end(status: BuildStatus, message?: string): Promise<void> {
    this.#endedAt = Date.now()
    this.progress.close(this.#endedAt)
    if (message !== undefined) this.#failure = await this.#explain(message)
    this.#status = status
    this.#changed()
  }

  async #explain(message: string): Promise<BuildFailure> {
    const { folder } = this.#request
    const step = this.progress.steps.find(({ error }) => error !== null)
    const said = step?.error ?? lastError(message)
    const output =
      step === undefined
        ? ''
        : (this.progress.output(step.id, Math.max(0, step.outputLength - mistakeOutput), mistakeOutput)
            ?.text ?? '')
    return {
      message: said,
      stepId: step?.id ?? null,
      line: (step && lineOfStep(this.#dockerfileText, step.name)) ?? null,
      mistake: await findMistake({
        message: said,
        step,
        output,
        exists: (path) =>
          stat(join(folder, path)).then(
            () => true,
            () => false,
          ),
        hasWindowsLineEnds: (path) => hasWindowsLineEnds(join(folder, path)),
      }),
    }
  }
}

/** buildx prints the source of the failure, and then a line `ERROR: …`. */
function lastError(message: string): string {
  const at = message.lastIndexOf('ERROR: ')
  return at < 0 ? message : message.slice(at + 'ERROR: '.length)
}

async function hasWindowsLineEnds(path: string): Promise<boolean> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(lineEndBytes), 0, lineEndBytes, 0)
      return buffer.subarray(0, bytesRead).includes('\r\n')
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}
