import { EventEmitter, once } from 'node:events'
import { homedir } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import type { ComposeAction, ComposeCheck, ComposeProject, ComposeSetup } from '../../shared/compose'
import { composeActionCommand, composeArguments, needsComposeFiles } from '../../shared/docker-commands'
import { BerthError } from '../../shared/errors'
import { dockerConfigOf } from '../builds'
import { containerProxy } from '../docker-cli'
import type { EngineState } from '../engine'
import { FileWatch, type Logger } from '../host'
import type { Mounts } from '../mounts'
import type { RegistryLogins } from '../registries'
import type { RunningTask, Tasks } from '../tasks'
import { type Recorder, recorded, type Timelines } from '../timelines'
import { ComposeCli, type ComposeLink, type ComposePlace } from './compose-cli'
import { ComposeSteps } from './compose-steps'
import { parseModel, servicesOf } from './model'
import { Preparation, type PreparationOptions } from './preparation'
import { ProjectList, type ProjectListOptions } from './project-list'

export interface ComposeOptions {
  /** Berth's home folder. */
  home: string
  log: Logger
  link: ComposeLink
  tasks: Tasks
  /** Without timelines, nothing is recorded. */
  timelines?: Pick<Timelines, 'begin'>
  state: ProjectListOptions['state'] & PreparationOptions['state'] & Pick<EngineState, 'isOnline'>
  mounts: ProjectListOptions['mounts'] &
    PreparationOptions['mounts'] &
    Pick<Mounts, 'bindSource' | 'guestPath'>
  ports: PreparationOptions['ports']
  logins: Pick<RegistryLogins, 'forImage'>
  /** The Docker CLI's configuration folder, and the engine's address for the Docker CLI. */
  dockerCli: { configFolder: string; dockerHost: string }
}

/**
 * The compose projects and the actions on them. Docker Compose runs in the machine, so it talks to the engine directly.
 * Before an action, Berth itself checks what its docker socket would check: mounted folders and published ports.
 */
export class Compose {
  readonly projects: ProjectList
  readonly #options: ComposeOptions
  readonly #cli: ComposeCli
  readonly #preparation: Preparation

  constructor(options: ComposeOptions) {
    this.#options = options
    this.#cli = new ComposeCli(options.link)
    this.#preparation = new Preparation(options)
    this.projects = new ProjectList(options)
  }

  /**
   * Adds the project of a folder or of a compose file to the list. Files that compose cannot use are accepted, because
   * the user may want to correct them. The project then has the folder's name.
   * @throws BerthError machine.not-running; as {@link ProjectList.filesAt} and {@link ProjectList.add}; as
   * `Mounts.bindSource`
   */
  async open(path: string, signal: AbortSignal): Promise<{ name: string }> {
    const { state, mounts } = this.#options
    const found = await this.projects.filesAt(path)
    if (!state.isOnline) throw new BerthError('machine.not-running')
    await mounts.bindSource(found.folder)
    const setup = { ...found, envFiles: [], profiles: [] }
    const name = await this.#nameOf(setup, signal)
    await this.projects.add(name, found)
    return { name }
  }

  /** See {@link ProjectList.configure}. */
  configure(name: string, setup: ComposeSetup): Promise<void> {
    return this.projects.configure(name, setup)
  }

  /** See {@link ProjectList.forget}. */
  forget(name: string): Promise<void> {
    return this.projects.forget(name)
  }

  /**
   * Yields what compose says about a project's files, now and after each change of the files.
   * @throws BerthError compose.not-found, also later, when the project is gone
   */
  async *check(name: string, signal: AbortSignal): AsyncGenerator<ComposeCheck, void> {
    while (!signal.aborted) {
      const project = this.projects.get(name)
      const changed = this.#nextChange(project, signal)
      try {
        yield await this.#checked(project, signal)
        await changed.happened
      } finally {
        changed.close()
      }
    }
  }

  /**
   * Starts an action as a task, and returns the task's id.
   * @throws BerthError compose.not-found, compose.busy; the project's problem, if the action needs the files
   */
  async run(name: string, action: ComposeAction): Promise<string> {
    const { tasks } = this.#options
    await this.projects.refresh()
    const project = this.projects.get(name)
    const needsFiles = needsComposeFiles(action)
    const hasBadName = project.problem?.code === 'compose.name-invalid'
    if (project.problem !== null && (needsFiles || hasBadName)) throw BerthError.fromData(project.problem)
    const isBusy = tasks
      .list()
      .some(
        (task) =>
          task.kind === 'compose' &&
          task.state === 'running' &&
          task.params.project === name &&
          (task.params.action !== 'watch' || action.action === 'watch'),
      )
    if (isBusy) throw new BerthError('compose.busy', { name })
    return tasks.start({
      kind: 'compose',
      params: { project: name, action: action.action, services: servicesIn(action) },
      command: composeActionCommand(project, action),
      run: async (task, signal) => {
        if (needsFiles) await this.#runRecorded(project, action, task, signal)
        else await this.#runByLabels(project, action, task, signal)
        return {}
      },
    })
  }

  async #runByLabels(
    { name }: ComposeProject,
    action: ComposeAction,
    task: RunningTask<'compose'>,
    signal: AbortSignal,
  ): Promise<void> {
    const starts = action.action === 'start' || action.action === 'restart'
    const ready = starts ? await this.#preparation.ofContainers(name, servicesIn(action)) : undefined
    try {
      await this.#cli.run(name, {
        place: { home: this.#home, name },
        args: composeArguments(action),
        dockerConfig: '{}',
        override: undefined,
        onLine: (line) => task.log(`${line}\n`),
        signal,
      })
    } finally {
      await ready?.settle()
    }
  }

  /** Only `up` has a timeline. The containers that other actions start have timelines of their own. */
  async #runRecorded(
    project: ComposeProject,
    action: ComposeAction,
    task: RunningTask<'compose'>,
    signal: AbortSignal,
  ): Promise<void> {
    const timelines = action.action === 'up' ? this.#options.timelines : undefined
    await recorded(timelines, { kind: 'compose', id: task.id, name: project.name }, (timeline) =>
      this.#runWithFiles(project, action, { task, signal, timeline }),
    )
  }

  async #runWithFiles(
    project: ComposeProject,
    action: ComposeAction,
    { task, signal, timeline }: { task: RunningTask<'compose'>; signal: AbortSignal; timeline: Recorder },
  ): Promise<void> {
    const { logins, dockerCli } = this.#options
    const { name } = project
    const files = await this.#filesOf(project)
    const place: ComposePlace = { home: this.#home, name, files }
    const ready = await timeline.during('prepare', async () => {
      const model = parseModel(await this.#cli.config(place, { services: servicesIn(action), signal }))
      const creates = action.action !== 'pull' && action.action !== 'build'
      return this.#preparation.ofModel(name, model, { creates })
    })
    const steps = new ComposeSteps(timeline)
    try {
      const run = {
        place,
        dockerConfig: await dockerConfigOf(ready.images, logins, await containerProxy(dockerCli)),
        override: ready.override,
        onLine: (line: string) => {
          steps.take(line)
          return task.log(`${line}\n`)
        },
        signal,
      }
      // `watch` would keep the ports reserved while it creates the containers and then follows the files.
      if (action.action === 'watch')
        await this.#cli.run(name, { ...run, args: ['up', '-d', '--build', '--yes', ...action.services] })
      else await this.#cli.run(name, { ...run, args: composeArguments(action) })
      await ready.settle()
      if (action.action === 'watch') await this.#cli.run(name, { ...run, args: composeArguments(action) })
    } finally {
      await ready.settle()
    }
  }

  async #checked(project: ComposeProject, signal: AbortSignal): Promise<ComposeCheck> {
    try {
      if (!this.#options.state.isOnline) throw new BerthError('machine.not-running')
      if (project.problem !== null) throw BerthError.fromData(project.problem)
      const files = await this.#filesOf(project)
      const isUp = this.projects.hasContainers(project.name)
      const place = { home: this.#home, name: isUp ? project.name : undefined, files }
      // The services of all profiles, so that the page can show them.
      const everything = { ...place, files: { ...files, profiles: ['*'] } }
      const model = parseModel(await this.#cli.config(everything, { signal }))
      const active = await this.#cli.activeServices(place, signal)
      if (model.name !== project.name && project.opened) await this.projects.rename(project.name, model.name)
      return { services: servicesOf(model, active), error: null }
    } catch (error) {
      return { services: null, error: BerthError.from(error).toData() }
    }
  }

  /** The name that compose gives to a project. If compose cannot use the files, the name of the folder. */
  async #nameOf(
    setup: Pick<ComposeProject, 'folder' | 'files' | 'envFiles' | 'profiles'>,
    signal: AbortSignal,
  ): Promise<string> {
    try {
      const place = { home: this.#home, files: await this.#filesOf(setup) }
      return parseModel(await this.#cli.config(place, { signal })).name
    } catch (error) {
      if (!(error instanceof BerthError && error.code === 'compose.invalid')) throw error
      const name = nameOfFolder(setup.folder)
      if (name === '') throw error
      return name
    }
  }

  /**
   * The project's files as paths in the machine.
   * @throws BerthError as `Mounts.bindSource`
   */
  async #filesOf({
    folder,
    files,
    envFiles,
    profiles,
  }: Pick<ComposeProject, 'folder' | 'files' | 'envFiles' | 'profiles'>): Promise<
    NonNullable<ComposePlace['files']>
  > {
    const { mounts } = this.#options
    const places = (paths: readonly string[]) => Promise.all(paths.map((path) => mounts.bindSource(path)))
    return {
      folder: await mounts.bindSource(folder),
      files: await places(files),
      envFiles: await places(envFiles),
      profiles,
    }
  }

  get #home(): string {
    return this.#options.mounts.guestPath(homedir()) ?? '/'
  }

  /** Waits for a change of a project, of its files, or of whether compose can run. */
  #nextChange(
    project: ComposeProject,
    signal: AbortSignal,
  ): { happened: Promise<unknown>; close: () => void } {
    const { state, log } = this.#options
    const changes = new EventEmitter<{ change: [] }>()
    const changed = () => changes.emit('change')
    const watches = this.projects.watchedFiles(project.name).map((file) => new FileWatch(file, log))
    for (const watch of watches) {
      watch.on('change', () => {
        // A file may have been removed, or created.
        void this.projects.refresh().then(changed)
      })
      watch.start()
    }
    const wasOnline = state.isOnline
    const onState = () => {
      if (state.isOnline !== wasOnline) changed()
    }
    const onList = () => {
      const now = this.projects.all.find(({ name }) => name === project.name)
      if (!isDeepStrictEqual(now, project)) changed()
    }
    state.on('change', onState)
    this.projects.on('change', onList)
    return {
      happened: once(changes, 'change', { signal }).catch(() => undefined),
      close: () => {
        for (const watch of watches) watch.close()
        state.off('change', onState)
        this.projects.off('change', onList)
      },
    }
  }
}

/** The services that an action names. Empty for all services. */
function servicesIn(action: ComposeAction): string[] {
  if (action.action === 'scale') return [action.service]
  return action.action === 'down' ? [] : action.services
}

/** The name that compose makes of a folder's name (compose-go, loader.NormalizeProjectName). */
export function nameOfFolder(folder: string): string {
  const name = folder.split(/[\\/]/).findLast((part) => part !== '') ?? ''
  return name
    .toLowerCase()
    .replaceAll(/[^-_a-z0-9]/g, '')
    .replace(/^[-_]+/, '')
}
