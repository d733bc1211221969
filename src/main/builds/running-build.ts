import { stat } from 'node:fs/promises'
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
import { delay } from '../lib'
import type { RunningTask } from '../tasks'
import type { Recorder } from '../timelines'
import { BuildLog } from './build-log'
import type { Buildx, BuildxBuild } from './buildx'
import type { CacheMemory } from './cache-memory'
import type { CacheWatch } from './cache-watch'
import { lineOfStep } from './dockerfile'
import { findMistake } from './mistakes'
import { BuildProgress } from './progress'
import { openFile } from './small-file'

/** The code units at the end of a failed step's output in which Berth looks for a common mistake. */
const mistakeOutput = 10_000
/** The first bytes of a script that show its line ends. */
const lineEndBytes = 4096
/** The longest wait of an ended build for the list of its files, in milliseconds. A folder may never answer. */
const listingMs = 2000

/** The task of a build. An abort of the signal ends the build. */
export interface BuildTask {
  task: Pick<RunningTask<'build'>, 'progress' | 'log' | 'commit'>
  signal: AbortSignal
  timeline: Pick<Recorder, 'instructions'>
}

interface RunningBuildOptions {
  id: string
  request: BuildRequest
  dockerfileText: string
  /** Milliseconds since the epoch. */
  startedAt: number
  cache: CacheWatch
  memory: CacheMemory
  changed: () => void
}

export function buildName({ tags, folder }: Pick<BuildRequest, 'tags' | 'folder'>): string {
  return tags[0] ?? folder
}

/** One build that this app has started. */
export class RunningBuild {
  readonly id: string
  readonly progress = new BuildProgress()
  readonly #request: BuildRequest
  readonly #dockerfileText: string
  readonly #cache: CacheWatch
  readonly #memory: CacheMemory
  readonly #changed: () => void
  readonly #log = new BuildLog()
  readonly #startedAt: number
  #status: BuildStatus = 'running'
  #endedAt: number | null = null
  #failure: BuildFailure | null = null
  #hints: Build['hints'] = []
  #imageId: string | null = null
  #sentBytes: number | null = null
  #listing = Promise.resolve()

  constructor(options: RunningBuildOptions) {
    this.id = options.id
    this.#request = options.request
    this.#dockerfileText = options.dockerfileText
    this.#startedAt = options.startedAt
    this.#cache = options.cache
    this.#memory = options.memory
    this.#changed = options.changed
  }

  /**
   * Runs the build to its end.
   * @throws BerthError build.failed; machine.connection-lost, machine.not-running; the signal's reason
   */
  async run(
    buildx: Buildx,
    build: BuildxBuild,
    { task, signal, timeline }: BuildTask,
  ): Promise<{ imageId: string | null }> {
    // The build does not wait for its check, because the check may wait for a registry.
    void buildx.check(build, signal).then(
      (hints) => {
        this.#hints = hints
        this.#changed()
      },
      // Without hints, the build is still complete.
      () => undefined,
    )
    this.#listing = this.#cache.listFiles(signal)
    try {
      const { code, imageId } = await buildx.build(build, {
        onLine: (line) => this.#take(line, { task, timeline }),
        onSent: (bytes) => {
          this.#sentBytes = bytes
          this.#changed()
          if (this.progress.steps.length === 0) task.progress({ done: bytes, unit: 'bytes' })
        },
        signal,
      })
      this.#imageId = imageId
      if (code !== 0) throw await this.#failed(this.progress.message)
      // The image has its tag.
      task.commit()
      await this.#end('succeeded')
      return { imageId }
    } catch (error) {
      if (signal.aborted) {
        this.#failure = null
        await this.#end('cancelled')
      } else {
        const failure = { stepId: null, line: null, mistake: null, message: '' }
        this.#failure ??= { ...failure, error: BerthError.from(error).toData() }
        await this.#end('failed')
      }
      throw error
    }
  }

  get folder(): string {
    return this.#request.folder
  }

  get dockerfilePath(): string {
    return join(this.#request.folder, this.#request.dockerfile)
  }

  /** True once Berth has begun to send the folder. */
  get isSent(): boolean {
    return this.#sentBytes !== null
  }

  get isRunning(): boolean {
    return this.#status === 'running'
  }

  get #name(): string {
    return buildName(this.#request)
  }

  get summary(): BuildSummary {
    return {
      id: this.id,
      origin: 'berth',
      name: this.#name,
      tags: this.#request.tags,
      status: this.#status,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      steps: this.progress.counts,
    }
  }

  get build(): Omit<Build, 'hasTimeline'> {
    const { steps } = this.progress
    const misses = this.#cache.misses(steps)
    return {
      ...this.summary,
      request: buildSchema.shape.request.parse(this.#request),
      stepList: steps.map((step) => ({ ...step, miss: misses.get(step.id) ?? null })),
      failure: this.#failure,
      hints: this.#hints,
      dockerfileText: this.#dockerfileText,
      dockerfilePath: this.dockerfilePath,
      imageId: this.#imageId,
      sentBytes: this.#sentBytes,
    }
  }

  /** buildx waits while the log of the task is written. */
  async #take(line: string, { task, timeline }: Omit<BuildTask, 'signal'>): Promise<void> {
    const status = this.progress.add(line)
    if (status === undefined) return
    if (status.vertexes?.length) timeline.instructions(this.progress.steps)
    this.#changed()
    const { done, total } = this.progress.counts
    task.progress({ done, total, unit: 'steps' })
    await task.log(this.#log.textOf(status))
  }

  async #failed(message: string): Promise<BerthError> {
    this.#failure = await this.#explain(message)
    return new BerthError('build.failed', { name: this.#name }, { detail: this.#failure.message })
  }

  async #end(status: BuildStatus): Promise<void> {
    this.#endedAt = Date.now()
    await this.#keepFacts()
    this.progress.close(this.#endedAt)
    this.#status = status
    this.#changed()
  }

  /** The next build compares itself with this one, unless the files of this one are not listed in time. */
  async #keepFacts(): Promise<void> {
    const leaving = new AbortController()
    const isListed = await Promise.race([
      this.#listing.then(() => true),
      delay(listingMs, leaving.signal).then(
        () => false,
        () => false,
      ),
    ])
    leaving.abort()
    if (!isListed) return
    const facts = this.#cache.facts(this.progress.steps)
    if (facts.done.length > 0) await this.#memory.keep(this.#request, facts)
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
      error: null,
      stepId: step?.id ?? null,
      line: (step && lineOfStep(this.#dockerfileText, step.name)) ?? lineOfParseError(said),
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

/** BuildKit's parser names the line itself. */
function lineOfParseError(message: string): number | null {
  const line = /dockerfile parse error on line (\d+)/.exec(message)?.[1]
  return line === undefined ? null : Number(line)
}

/** buildx prints the source of the failure, and then a line `ERROR: …`. */
function lastError(message: string): string {
  const at = message.lastIndexOf('ERROR: ')
  return at < 0 ? message : message.slice(at + 'ERROR: '.length)
}

async function hasWindowsLineEnds(path: string): Promise<boolean> {
  try {
    const file = await openFile(path)
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
