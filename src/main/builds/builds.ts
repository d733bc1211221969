import { EventEmitter } from 'node:events'
import type { BuildForecast, ForecastRequest } from '../../shared/build-forecast'
import { type Build, type BuildRequest, type BuildSummary, outputPieceLimit } from '../../shared/builds'
import { buildCommand } from '../../shared/docker-commands'
import { BerthError, type ErrorCode } from '../../shared/errors'
import { withDefaultTag } from '../../shared/image-references'
import type { Image } from '../../shared/images'
import { familiarName } from '../../shared/outdated'
import { runsCompose } from '../../shared/tasks'
import type { Logger } from '../host'
import { fromHome } from '../lib'
import type { EngineState } from '../engine'
import type { HostFolders, Mounts } from '../mounts'
import type { RegistryLogins } from '../registries'
import type { SshLink } from '../ssh'
import type { RunningTask, Tasks } from '../tasks'
import { recorded, type Timelines } from '../timelines'
import { BuildHistory, historySummary } from './build-history'
import { Buildx, type BuildxBuild, type BuildxLink } from './buildx'
import { CacheMemory } from './cache-memory'
import { CacheWatch } from './cache-watch'
import { readForecast } from './read-forecast'
import { dockerConfigOf } from './docker-config'
import { baseImages, readDockerfile } from './dockerfile'
import { readSteps } from './history-events'
import { OtherBuilds } from './other-builds'
import { buildName, RunningBuild } from './running-build'
import { isOwn, isSame, mayBeOwn } from './same-build'

export interface BuildsOptions {
  link: BuildxLink & Pick<SshLink, 'openUnixSocket'>
  mounts: Pick<Mounts, 'bindSource'>
  hostFolders: Pick<HostFolders, 'look'>
  logins: Pick<RegistryLogins, 'forImage'>
  state: EngineState
  tasks: Pick<Tasks, 'start' | 'cancel' | 'list'>
  /** Without timelines, nothing is recorded. */
  timelines?: Pick<Timelines, 'begin' | 'report' | 'withdraw' | 'find'>
  /** The folder for the facts of builds. It belongs to the builds alone. */
  factsFolder: string
  log: Logger
}

/** The most ended builds of this app whose steps Berth keeps in memory. The engine's history has the others. */
const keptBuilds = 20
/** Milliseconds between two reports of a running build's progress. */
const reportMs = 100

/**
 * The builds of this app, and those of the docker CLI and of compose. BuildKit in the machine runs every build. Its
 * history has all builds, so Berth writes none to a file.
 */
export class Builds extends EventEmitter<{ change: [] }> {
  readonly #options: BuildsOptions
  readonly #buildx: Buildx
  readonly #memory: CacheMemory
  readonly #own = new Map<string, RunningBuild>()
  readonly #history: BuildHistory
  #reporting = false

  constructor(options: BuildsOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    this.#buildx = new Buildx(options.link)
    this.#memory = new CacheMemory({ folder: options.factsFolder, log: options.log })
    const { link, state, log, tasks, timelines } = options
    const others =
      timelines &&
      new OtherBuilds({
        timelines,
        log,
        readSteps: (ref) => readSteps(link, ref),
        mayBeOwn: (event) => [...this.#own.values()].some((own) => mayBeOwn(own, event)),
        isOwn: (event, steps) => [...this.#own.values()].some((own) => isOwn(own, event, steps)),
        isComposing: (project) => runsCompose(tasks.list(), project),
        changed: () => {
          this.#changed()
        },
      })
    state.on('change', ({ type }) => {
      if (type === 'offline') others?.disconnected()
    })
    this.#history = new BuildHistory({
      link,
      state,
      log,
      buildx: this.#buildx,
      isFollowed: () => this.listenerCount('change') > 0,
      reported: (event) => others?.take(event),
      connected: () => others?.connected(),
      disconnected: () => others?.disconnected(),
      changed: () => {
        this.emit('change')
      },
      progressed: () => {
        this.#changed()
      },
    })
  }

  /** All builds, the newest first. */
  get list(): BuildSummary[] {
    const own = [...this.#own.values()]
    const others = this.#history.builds.filter((one) => !own.some((mine) => isSame(mine, one)))
    return [...own.map(({ summary }) => summary), ...others.map(historySummary)].sort(
      (a, b) => b.startedAt - a.startedAt,
    )
  }

  /** See {@link BuildHistory.refresh}. */
  refresh(): Promise<void> {
    return this.#history.refresh()
  }

  /** See {@link BuildHistory.attach}. Builds of this app need no follower. */
  attach(id: string): () => void {
    return this.#own.has(id) ? () => undefined : this.#history.attach(id)
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
    const localImage = (name: string) => this.#localImage(name)?.id
    const id = tasks.start({
      kind: 'build',
      params: { name: buildName(request) },
      command: buildCommand(request),
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

  /**
   * Tells which steps of a build would come from the cache now. See {@link readForecast}.
   * @throws BerthError machine.not-running; as {@link readForecast}
   */
  async forecast(written: ForecastRequest, signal?: AbortSignal): Promise<BuildForecast> {
    const { state, hostFolders } = this.#options
    if (!state.isOnline) throw new BerthError('machine.not-running')
    const request = { ...written, folder: fromHome(written.folder) }
    const localImage = (name: string) => this.#localImage(name)
    return readForecast({ request, memory: this.#memory, localImage, hostFolders }, signal)
  }

  async #run(
    build: BuildxBuild,
    task: RunningTask<'build'>,
    signal: AbortSignal,
  ): Promise<{ imageId: string | null }> {
    const own = this.#own.get(task.id)
    if (own === undefined) throw new BerthError('build.not-found')
    const [tag] = build.request.tags
    const name = tag === undefined ? build.request.folder : familiarName(tag)
    const about = { kind: 'build', id: task.id, name } as const
    try {
      return await recorded(this.#options.timelines, about, (timeline) =>
        own.run(this.#buildx, build, { task, signal, timeline }),
      )
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
    const build = this.#own.get(id)?.build ?? (await this.#history.find(id))
    return { ...build, hasTimeline: this.#options.timelines?.find(id) !== undefined }
  }

  /** @throws BerthError build.not-found */
  output(id: string, stepId: string, from: number): { text: string; from: number } {
    const progress = this.#own.get(id)?.progress ?? this.#history.progress(id)
    const found = progress?.output(stepId, from, outputPieceLimit)
    if (found === undefined) throw new BerthError('build.not-found')
    return found
  }

  /** @throws BerthError build.not-found if the build is not one of this app */
  async cancel(id: string): Promise<void> {
    if (!this.#own.has(id)) throw new BerthError('build.not-found')
    await this.#options.tasks.cancel(id)
  }

  #localImage(name: string): Image | undefined {
    if (name === '') return undefined
    const tag = withDefaultTag(name)
    return [...this.#options.state.images.values()].find(({ tags }) => tags.includes(tag))
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
