import type { Build, BuildSummary } from '../../shared/builds'
import { backoff } from '../../shared/backoff'
import { BerthError } from '../../shared/errors'
import { delay, type Emits } from '../lib'
import type { EngineChange, EngineState } from '../engine'
import type { Logger } from '../host'
import type { SshLink } from '../ssh'
import type { Buildx, HistoryEntry } from './buildx'
import { missesAfterOthers } from './cache-misses'
import { followHistory, type HistoryEvent } from './history-events'
import { BuildProgress } from './progress'

export interface BuildHistoryOptions {
  link: Pick<SshLink, 'openUnixSocket'>
  state: Pick<EngineState, 'isOnline'> & Emits<'change', [EngineChange]>
  buildx: Pick<Buildx, 'history' | 'historyLines' | 'followBuild'>
  log: Logger
  /** Whether a window shows the list of builds. */
  isFollowed: () => boolean
  /** Called when a build of any program begins or ends. */
  reported: (event: HistoryEvent) => void
  /** Called when the report of builds has ended. BuildKit does not repeat the ends that it would have had meanwhile. */
  disconnected: () => void
  /** Called before BuildKit reports the first build. */
  connected: () => void
  /** Called when the list has changed. */
  changed: () => void
  /** Called when a step of a build has changed. */
  progressed: () => void
}

/** A build that the engine's history reports. Its steps are read when somebody asks for them. */
export interface HistoryBuild {
  entry: HistoryEntry
  progress: BuildProgress | undefined
}

/** The wait before Berth listens to BuildKit again. */
const retryWait = { firstMs: 500, longestMs: 60_000 }

/** A running build of another program whose steps somebody follows. */
interface LiveBuild {
  viewers: number
  leaving: AbortController
}

/**
 * The engine's history of builds, with those of the docker CLI and of compose. BuildKit keeps it, and tells when a
 * build begins and ends. Berth reads the history only while a window follows the builds.
 */
export class BuildHistory {
  readonly #options: BuildHistoryOptions
  #builds = new Map<string, HistoryBuild>()
  #refreshing: Promise<void> | undefined
  /** True if the history has changed since Berth began to read it. */
  #isStale = false
  #listening: AbortController | undefined
  readonly #live = new Map<string, LiveBuild>()

  constructor(options: BuildHistoryOptions) {
    this.#options = options
    // The engine is there again after a restart.
    options.state.on('change', ({ type }) => {
      if (type === 'offline') this.#listening?.abort()
      if (type !== 'snapshot') return
      void this.#listen()
      this.#onHistory()
    })
    void this.#listen()
  }

  get builds(): HistoryBuild[] {
    return [...this.#builds.values()]
  }

  /** Reads the engine's history again, and from now on after each change of it. Never rejects. */
  refresh(): Promise<void> {
    if (this.#listening === undefined) void this.#listen()
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
    const build = this.#builds.get(id)
    if (build?.entry.status !== 'running') return () => undefined
    const known = this.#live.get(id)
    const live = known === undefined || known.leaving.signal.aborted ? this.#follow(build) : known
    live.viewers += 1
    return () => {
      live.viewers -= 1
      if (live.viewers === 0) live.leaving.abort()
    }
  }

  /**
   * The steps of a build.
   * @throws BerthError build.not-found; machine.connection-lost, machine.not-running
   */
  async find(id: string): Promise<Omit<Build, 'hasTimeline'>> {
    const { entry, progress: known } = this.#known(id)
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

  /**
   * The steps of a build as far as Berth has read them.
   * @throws BerthError build.not-found
   */
  progress(id: string): BuildProgress | undefined {
    return this.#known(id).progress
  }

  #known(id: string): HistoryBuild {
    const found = this.#builds.get(id)
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
      if (progress.add(line) !== undefined) this.#options.progressed()
    }
    void this.#options.buildx
      .followBuild(ref, onLine, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#options.log.info({ err: error }, 'could not follow a build')
        // The steps are not complete.
        const kept = this.#builds.get(ref)
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
    if (!this.#options.isFollowed()) return
    if (this.#refreshing !== undefined) this.#isStale = true
    void this.refresh()
  }

  /** Ends with the connection to the engine. Until then, a stream that ends is opened again. */
  async #listen(): Promise<void> {
    const { link, state, log, reported, connected, disconnected } = this.#options
    if (!state.isOnline) return
    this.#listening?.abort()
    const listening = new AbortController()
    this.#listening = listening
    const { signal } = listening
    let attempt = 0
    const onEvent = (event: HistoryEvent) => {
      attempt = 0
      reported(event)
      this.#onHistory()
    }
    do {
      try {
        connected()
        await followHistory(link, onEvent, signal)
      } catch (error) {
        log.debug({ err: error }, 'the events of builds ended')
      }
      if (!signal.aborted) {
        disconnected()
        await delay(backoff(attempt, retryWait), signal).catch(() => undefined)
        attempt += 1
      }
    } while (!signal.aborted)
    if (this.#listening === listening) this.#listening = undefined
  }

  async #readSteps(ref: string): Promise<BuildProgress> {
    const progress = new BuildProgress()
    for (const line of await this.#options.buildx.historyLines(ref)) progress.add(line)
    const build = this.#builds.get(ref)
    if (build !== undefined) build.progress = progress
    return progress
  }

  async #readHistory(): Promise<void> {
    try {
      const entries = await this.#options.buildx.history()
      const before = this.#builds
      this.#builds = new Map(
        entries.map((entry) => [entry.ref, { entry, progress: before.get(entry.ref)?.progress }]),
      )
      this.#options.changed()
    } catch (error) {
      this.#options.log.info({ err: error }, 'could not read the history of builds')
    }
  }
}

export function historySummary({ entry, progress }: HistoryBuild): BuildSummary {
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
