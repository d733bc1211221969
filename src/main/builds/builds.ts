import { EventEmitter } from 'node:events'
import { basename } from 'node:path'
import { type Build, type BuildRequest, type BuildSummary, outputPieceLimit } from '../../shared/builds'
import { BerthError, type ErrorCode } from '../../shared/errors'
import { withDefaultTag } from '../../shared/image-references'
import type { Logger } from '../host'
import { fromHome } from '../lib'
import type { EngineState } from '../engine'
import type { Mounts } from '../mounts'
import type { RegistryLogins } from '../registries'
import type { SshLink } from '../ssh'
import type { RunningTask, Tasks } from '../tasks'
import { Buildx, type BuildxBuild, type BuildxLink, type HistoryEntry } from './buildx'
import { CacheMemory } from './cache-memory'
import { missesAfterOthers } from './cache-misses'
import { CacheWatch } from './cache-watch'
import { dockerConfigOf } from './docker-config'
import { baseImages, readDockerfile } from './dockerfile'
import { followHistory } from './history-events'
import { BuildProgress } from './progress'
import { buildName, RunningBuild } from './running-build'

export interface BuildsOptions {
  link: BuildxLink & Pick<SshLink, 'openUnixSocket'>
  mounts: Pick<Mounts, 'bindSource'>
  logins: Pick<RegistryLogins, 'forImage'>
  state: EngineState
  tasks: Pick<Tasks, 'start' | 'cancel'>
  /** The folder for the facts of builds. It belongs to the builds alone. */
  factsFolder: string
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

/** A running build of another program whose steps somebody follows. */
interface LiveBuild {
  viewers: number
  leaving: AbortController
}

/**
 * The builds of this app, and those of the docker CLI and of compose. BuildKit in the machine runs every build. Its
 * history has all builds, so Berth writes none to a file.
 */
export class Builds extends EventEmitter<{ change: [] }> {
  readonly #options: BuildsOptions
  readonly #buildx: Buildx
  readonly #memory: CacheMemory
  readonly #own = new Map<string, RunningBuild>()
  #history = new Map<string, HistoryBuild>()
  #reporting = false
  #refreshing: Promise<void> | undefined
  /** True if the history has changed since Berth began to read it. */
  #isStale = false
  #isListening = false
  readonly #live = new Map<string, LiveBuild>()

  constructor(options: BuildsOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    this.#buildx = new Buildx(options.link)
    this.#memory = new CacheMemory({ folder: options.factsFolder, log: options.log })
    // The engine is there again after a restart. Berth reads the history only while a window follows it.
    options.state.on('change', ({ type }) => {
      if (type === 'snapshot') this.#onHistory()
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

  /** Reads the engine's history again, and from now on after each change of it. Never rejects. */
  refresh(): Promise<void> {
    void this.#listen()
    this.#refreshing ??= this.#readHistory().finally(() => {
      this.#refreshing = undefined
      if (!this.#isStale) return
      this.#isStale = false
      void this.refresh()
    })
    return this.#refreshing
  }

  /**
   * Follows the steps of a build of another program, if the build runs. Call the returned function when nobody looks at
   * the build any more.
   */
  attach(id: string): () => void {
    const build = this.#history.get(id)
    if (this.#own.has(id) || build?.entry.status !== 'running') return () => undefined
    const known = this.#live.get(id)
    const live = known === undefined || known.leaving.signal.aborted ? this.#follow(build) : known
    live.viewers += 1
    return () => {
      live.viewers -= 1
      if (live.viewers === 0) live.leaving.abort()
    }
  }

  /**
   * Begins a build as a task. The build and its task have the same id.
   * @throws BerthError build.folder-missing, build.dockerfile-missing; as `Mounts.bindSource`; machine.not-running
   */
  async start(written: BuildRequest): Promise<{ id: string }> {
    const request = { ...written, folder: fromHome(written.folder) }
    const { mounts, logins, state, tasks } = this.#options
    if (!state.isOnline) throw new BerthError('machine.not-running')
    const dockerfileText = await readDockerfile(request)
    const guestFolder = await sharedPlace(mounts, request.folder)
    const dockerConfig = await dockerConfigOf(baseImages(dockerfileText), logins)
    const startedAt = Date.now()
    const earlier = await this.#memory.earlier(request)
    const localImage = (name: string) => this.#localImage(name)
    const id = tasks.start({
      kind: 'build',
      params: { name: buildName(request) },
      run: (task, signal) => this.#run({ request, guestFolder, dockerfileText, dockerConfig }, task, signal),
    })
    const build = new RunningBuild({
      id,
      request,
      dockerfileText,
      startedAt,
      cache: new CacheWatch({ request, dockerfileText, startedAt, earlier, localImage }),
      memory: this.#memory,
      changed: () => {
        this.#changed()
      },
    })
    this.#own.set(id, build)
    this.emit('change')
    return { id }
  }

  async #run(
    build: BuildxBuild,
    task: RunningTask<'build'>,
    signal: AbortSignal,
  ): Promise<{ imageId: string | null }> {
    const own = this.#own.get(task.id)
    if (own === undefined) throw new BerthError('build.not-found')
    try {
      return await own.run(this.#buildx, build, { task, signal })
    } finally {
      this.#forgetOldBuilds()
      void this.refresh()
    }
  }

  /** Whether a path is the Dockerfile of a build that the user has started. The window may edit this file. */
  isDockerfile(path: string): boolean {
    return [...this.#own.values()].some(({ dockerfilePath }) => dockerfilePath === path)
  }

  /**
   * The steps of a build.
   * @throws BerthError build.not-found; machine.connection-lost, machine.not-running
   */
  async find(id: string): Promise<Build> {
    const own = this.#own.get(id)
    if (own !== undefined) return own.build
    const { entry, progress: known } = this.#inHistory(id)
    // The steps of a running build arrive while somebody follows it.
    const progress = known ?? (entry.status === 'running' ? new BuildProgress() : await this.#readSteps(id))
    const misses = missesAfterOthers(progress.steps)
    const stepList = progress.steps.map((step) => ({ ...step, miss: misses.get(step.id) ?? null }))
    const failed = stepList.find(({ error }) => error !== null)
    return {
      ...historySummary({ entry, progress }),
      stepList,
      failure:
        entry.status === 'failed'
          ? {
              message: failed?.error ?? progress.message,
              error: null,
              stepId: failed?.id ?? null,
              line: null,
              mistake: null,
            }
          : null,
      hints: [],
      dockerfileText: null,
      dockerfilePath: null,
      imageId: null,
      sentBytes: null,
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
    if (!this.#own.has(id)) throw new BerthError('build.not-found')
    await this.#options.tasks.cancel(id)
  }

  #localImage(name: string): string | undefined {
    if (name === '') return undefined
    const tag = withDefaultTag(name)
    return [...this.#options.state.images.values()].find(({ tags }) => tags.includes(tag))?.id
  }

  #inHistory(id: string): HistoryBuild {
    const found = this.#history.get(id)
    if (found === undefined) throw new BerthError('build.not-found')
    return found
  }

  #follow(build: HistoryBuild): LiveBuild {
    const { ref } = build.entry
    const progress = new BuildProgress()
    const live: LiveBuild = { viewers: 0, leaving: new AbortController() }
    const { signal } = live.leaving
    build.progress = progress
    this.#live.set(ref, live)
    const onLine = (line: string) => {
      if (progress.add(line) !== undefined) this.#changed()
    }
    void this.#buildx
      .followBuild(ref, onLine, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#options.log.info({ err: error }, 'could not follow a build')
        // The steps are not complete.
        const kept = this.#history.get(ref)
        if (kept?.progress === progress) kept.progress = undefined
      })
      .finally(() => {
        if (this.#live.get(ref) === live) this.#live.delete(ref)
        this.#onHistory()
      })
    return live
  }

  /** Reads the history again, while a window follows it. */
  #onHistory(): void {
    if (this.listenerCount('change') === 0) return
    if (this.#refreshing !== undefined) this.#isStale = true
    void this.refresh()
  }

  /** Ends with the connection to the engine. The next refresh begins again. */
  async #listen(): Promise<void> {
    const { link, state, log } = this.#options
    if (this.#isListening || !state.isOnline) return
    this.#isListening = true
    const leaving = new AbortController()
    try {
      await followHistory(
        link,
        () => {
          if (this.listenerCount('change') === 0) leaving.abort()
          this.#onHistory()
        },
        leaving.signal,
      )
    } catch (error) {
      log.debug({ err: error }, 'the events of builds ended')
    } finally {
      this.#isListening = false
    }
  }

  async #readSteps(ref: string): Promise<BuildProgress> {
    const progress = new BuildProgress()
    for (const line of await this.#buildx.historyLines(ref)) progress.add(line)
    const build = this.#history.get(ref)
    if (build !== undefined) build.progress = progress
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

/** These errors say that a folder is not shared. Others say that Berth must not use it, or cannot read it. */
const notShared: readonly string[] = [
  'mounts.not-shared',
  'mounts.temporary-folder',
  'mounts.link-not-shared',
] satisfies ErrorCode[]

/** The path of a folder in the machine. Undefined if the folder is not shared. */
async function sharedPlace(mounts: Pick<Mounts, 'bindSource'>, folder: string): Promise<string | undefined> {
  try {
    return await mounts.bindSource(folder)
  } catch (error) {
    if (error instanceof BerthError && notShared.includes(error.code)) return undefined
    throw error
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
 * fails. So Berth compares the folder's name and the time: BuildKit begins the build while buildx runs. A build that
 * the user cancels may end in BuildKit some time after buildx.
 */
function isSame(own: RunningBuild, { entry }: HistoryBuild): boolean {
  const { startedAt, endedAt } = own.summary
  const end = (endedAt ?? Number.POSITIVE_INFINITY) + clockDifference
  const isInTime = entry.startedAt >= startedAt - clockDifference && entry.startedAt <= end
  // The history does not know the name of a folder that was sent.
  return isInTime && (own.isSent || entry.name === '' || entry.name.split(/[/ ]/)[0] === basename(own.folder))
}
