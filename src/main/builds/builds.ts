import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { basename } from 'node:path'
import { type Build, type BuildRequest, type BuildSummary, outputPieceLimit } from '../../shared/builds'
import { BerthError } from '../../shared/errors'
import type { Logger } from '../host'
import type { EngineState } from '../engine'
import type { Mounts } from '../mounts'
import type { RegistryLogins } from '../registries'
import { Buildx, type BuildxLink, type HistoryEntry } from './buildx'
import { dockerConfigOf } from './docker-config'
import { baseImages, readDockerfile } from './dockerfile'
import { BuildProgress } from './progress'
import { RunningBuild } from './running-build'

export interface BuildsOptions {
  link: BuildxLink
  mounts: Pick<Mounts, 'bindSource'>
  logins: Pick<RegistryLogins, 'forImage'>
  state: EngineState
  log: Logger
}

/** The most ended builds of this app whose steps Berth keeps in memory. The engine's history has the others. */
const keptBuilds = 20
/** Milliseconds between two reports of a running build's progress. */
const reportMs = 100

/** A build that the engine's history reports. Its steps are read when somebody asks for them. */
interface HistoryBuild {
  entry: HistoryEntry
  progress: BuildProgress | undefined
}

/**
 * The builds of this app, and those of the docker CLI and of compose. BuildKit in the machine runs every build. Its
 * history has all builds, so Berth writes none to a file.
 */
export class Builds extends EventEmitter<{ change: [] }> {
  readonly #options: BuildsOptions
  readonly #buildx: Buildx
  readonly #own = new Map<string, RunningBuild>()
  #history = new Map<string, HistoryBuild>()
  #reporting = false
  #refreshing: Promise<void> | undefined

  constructor(options: BuildsOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    this.#buildx = new Buildx(options.link)
    // A new image may come from a build of another program. Berth reads the history only while a window follows it.
    options.state.on('change', ({ type }) => {
      const mayHaveEnded = type === 'image' || type === 'snapshot'
      if (mayHaveEnded && this.listenerCount('change') > 0) void this.refresh()
    })
  }

  /** All builds, the newest first. */
  get list(): BuildSummary[] {
    const own = [...this.#own.values()]
    const others = [...this.#history.values()].filter((one) => !own.some((mine) => isSame(mine, one)))
    return [...own.map(({ summary }) => summary), ...others.map(historySummary)].sort(
      (a, b) => b.startedAt - a.startedAt,
    )
  }

  /** The number of builds of this app that run now. */
  get running(): number {
    return [...this.#own.values()].filter(({ isRunning }) => isRunning).length
  }

  /** Reads the engine's history again. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#readHistory().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /**
   * Begins a build.
   * @throws BerthError build.folder-missing, build.dockerfile-missing; as `Mounts.bindSource`; machine.not-running
   */
  async start(request: BuildRequest): Promise<{ id: string }> {
    const { mounts, logins, state } = this.#options
    if (!state.isOnline) throw new BerthError('machine.not-running')
    const dockerfileText = await readDockerfile(request)
    const guestFolder = await mounts.bindSource(request.folder)
    const dockerConfig = await dockerConfigOf(baseImages(dockerfileText), logins)
    const id = randomUUID()
    const build = new RunningBuild({
      id,
      request,
      dockerfileText,
      changed: () => {
        this.#changed()
      },
    })
    this.#own.set(id, build)
    void build.run(this.#buildx, { request, guestFolder, dockerConfig }).then(() => {
      this.#forgetOldBuilds()
      return this.refresh()
    })
    this.emit('change')
    return { id }
  }

  /**
   * The steps of a build.
   * @throws BerthError build.not-found; machine.connection-lost, machine.not-running
   */
  async find(id: string): Promise<Build> {
    const own = this.#own.get(id)
    if (own !== undefined) return own.build
    const { entry, progress = await this.#readSteps(id) } = this.#inHistory(id)
    const stepList = progress.steps
    const failed = stepList.find(({ error }) => error !== null)
    return {
      ...historySummary({ entry, progress }),
      stepList,
      failure:
        entry.status === 'failed'
          ? {
              message: failed?.error ?? progress.message,
              stepId: failed?.id ?? null,
              line: null,
              mistake: null,
            }
          : null,
      hints: [],
      dockerfileText: null,
      imageId: null,
    }
  }

  /** @throws BerthError build.not-found */
  output(id: string, stepId: string, from: number): { text: string; from: number } {
    const progress = this.#own.get(id)?.progress ?? this.#inHistory(id).progress
    const found = progress?.output(stepId, from, outputPieceLimit)
    if (found === undefined) throw new BerthError('build.not-found')
    return found
  }

  /** @throws BerthError build.not-found if the build is not one of this app */
  async cancel(id: string): Promise<void> {
    const own = this.#own.get(id)
    if (own === undefined) throw new BerthError('build.not-found')
    await own.cancel()
  }

  /** Ends the builds of this app. */
  async cancelAll(): Promise<void> {
    await Promise.all([...this.#own.values()].map((build) => build.cancel()))
  }

  #inHistory(id: string): HistoryBuild {
    const found = this.#history.get(id)
    if (found === undefined) throw new BerthError('build.not-found')
    return found
  }

  async #readSteps(ref: string): Promise<BuildProgress> {
    const progress = new BuildProgress()
    for (const line of await this.#buildx.historyLines(ref)) progress.add(line)
    const build = this.#history.get(ref)
    if (build !== undefined && build.entry.status !== 'running') build.progress = progress
    return progress
  }

  async #readHistory(): Promise<void> {
    try {
      const entries = await this.#buildx.history()
      const before = this.#history
      this.#history = new Map(
        entries.map((entry) => [entry.ref, { entry, progress: before.get(entry.ref)?.progress }]),
      )
      this.emit('change')
    } catch (error) {
      this.#options.log.info({ err: error }, 'could not read the history of builds')
    }
  }

  #changed(): void {
    if (this.#reporting) return
    this.#reporting = true
    setTimeout(() => {
      this.#reporting = false
      this.emit('change')
    }, reportMs)
  }

  #forgetOldBuilds(): void {
    const ended = [...this.#own.values()].filter(({ isRunning }) => !isRunning)
    for (const { id } of ended.slice(0, -keptBuilds)) this.#own.delete(id)
  }
}

function historySummary({ entry, progress }: HistoryBuild): BuildSummary {
  const { ref, status, startedAt, endedAt, steps } = entry
  return {
    id: ref,
    origin: 'engine',
    name: entry.name || ref.slice(0, 12),
    tags: [],
    status,
    startedAt,
    endedAt,
    steps: progress?.counts ?? steps,
  }
}

/** The clocks of the machine and of this computer differ by less than this, in milliseconds. */
const clockDifference = 2000

/**
 * Whether an entry of the history is a build of this app. buildx does not print the entry's reference if the build
 * fails. So Berth compares the folder's name and the times: BuildKit runs the build while buildx runs.
 */
function isSame(own: RunningBuild, { entry }: HistoryBuild): boolean {
  const { startedAt, endedAt } = own.summary
  const end = (endedAt ?? Number.POSITIVE_INFINITY) + clockDifference
  const isInTime =
    entry.startedAt >= startedAt - clockDifference && entry.startedAt <= end && (entry.endedAt ?? end) <= end
  return isInTime && (entry.name === '' || entry.name.split(/[/ ]/)[0] === basename(own.folder))
}
