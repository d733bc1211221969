import { EventEmitter } from 'node:events'
import { lstat, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import {
  projectFileNames,
  composeNamePattern,
  type ComposeProject,
  type ComposeSetup,
  composeSetupSchema,
} from '../../shared/compose'
import type { Container } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { MountsState } from '../../shared/mounts'
import type { EngineChange, EngineState } from '../engine'
import { berthFile, type Logger, readTextFile } from '../host'
import { type Emits, fromHome, JsonFile, jsonReason, sequencer } from '../lib'
import { type Mounts, sharedSource } from '../mounts'
import { type LabelledProject, projectOfLabels } from './labels'
import { type ComposeReference, referencesOf } from './references'

/** A project that the user has opened, or whose files the user has changed. */
const openedSchema = z.object({
  name: z.string(),
  /** A path on this computer, without symbolic links. */
  folder: z.string(),
  setup: composeSetupSchema,
})
type Opened = z.infer<typeof openedSchema>

export interface ProjectListOptions {
  /** Berth's home folder. */
  home: string
  log: Logger
  state: Pick<EngineState, 'containers'> & Emits<'change', [EngineChange]>
  mounts: Pick<Mounts, 'bindContext' | 'hostPath'> & Emits<'change', [MountsState]>
}

/** A project, and the files of which a change may change the project. No file is outside the shared folders. */
interface Described {
  project: ComposeProject
  watched: readonly string[]
}

/** The most files that the files of a project may include or extend. Berth follows no more of them. */
const mostReferences = 100

const noSetup: ComposeSetup = { files: [], envFiles: [], profiles: [] }

/**
 * The compose projects: those of the engine's containers, and those that the user has opened. A file of Berth keeps the
 * opened projects. `change` is emitted after each change of the list.
 */
export class ProjectList extends EventEmitter<{ change: [] }> {
  readonly #options: ProjectListOptions
  readonly #file: JsonFile<Opened[]>
  readonly #inTurn = sequencer()
  /** The project of each container, by the container's id. */
  readonly #labelled = new Map<string, LabelledProject>()
  #opened: readonly Opened[] = []
  #all: readonly ComposeProject[] = []
  /** The files of each project that can be watched, by the project's name. */
  #watched: ReadonlyMap<string, readonly string[]> = new Map()
  #sharedFolders = ''
  #refreshing: Promise<void> | undefined

  constructor(options: ProjectListOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    const { home, state, mounts } = options
    this.#file = new JsonFile({ path: berthFile({ home }, 'composeProjects'), schema: z.array(openedSchema) })
    this.#readFile()
    state.on('change', (change) => {
      this.#follow(change)
    })
    mounts.on('change', ({ folders }) => {
      const shared = JSON.stringify(folders)
      if (shared === this.#sharedFolders) return
      this.#sharedFolders = shared
      void this.refresh()
    })
  }

  /** All projects, by name. */
  get all(): readonly ComposeProject[] {
    return this.#all
  }

  /** @throws BerthError compose.not-found */
  get(name: string): ComposeProject {
    const found = this.#all.find((project) => project.name === name)
    if (found === undefined) throw new BerthError('compose.not-found', { name })
    return found
  }

  /**
   * The files of a folder or of a compose file that a user wants to open. Links are resolved.
   * @throws BerthError compose.path-missing, compose.no-file; mounts.not-absolute
   */
  async filesAt(written: string): Promise<{ folder: string; files: string[] }> {
    const path = fromHome(written)
    if (!isAbsolute(path)) throw new BerthError('mounts.not-absolute', { path: written })
    const real = await realpath(path).catch(() => undefined)
    if (real === undefined) throw new BerthError('compose.path-missing', { path: written })
    if (!(await lstat(real)).isDirectory()) return { folder: dirname(real), files: [real] }
    if ((await filesIn(real)).length === 0) throw new BerthError('compose.no-file', { folder: real })
    return { folder: real, files: [] }
  }

  /**
   * Adds an opened project to the list. Resolves when the list has it.
   * @throws BerthError compose.name-taken; host.no-space, host.folder-unwritable
   */
  async add(name: string, { folder, files }: { folder: string; files: string[] }): Promise<void> {
    const other = this.#all.find((project) => project.name === name)
    if (other !== undefined && other.folder !== '' && (await this.#realFolder(other.folder)) !== folder)
      throw new BerthError('compose.name-taken', { name, folder: other.folder })
    await this.#change((opened) => [
      ...opened.filter((one) => one.name !== name),
      { name, folder, setup: { ...noSetup, files } },
    ])
  }

  /**
   * Changes which files and profiles the actions on a project use.
   * @throws BerthError compose.not-found, compose.files-unknown, compose.file-missing; as {@link sharedSource};
   * host.no-space, host.folder-unwritable
   */
  async configure(name: string, setup: ComposeSetup): Promise<void> {
    const { folder } = this.get(name)
    const files = await Promise.all(setup.files.map((file) => this.#existingFile(file)))
    const envFiles = await Promise.all(setup.envFiles.map((file) => this.#existingFile(file)))
    const [first] = files
    if (folder === '' && first === undefined) throw new BerthError('compose.files-unknown', { name })
    const place = folder === '' ? dirname(first ?? '') : await this.#realFolder(folder)
    await this.#change((opened) => [
      ...opened.filter((one) => one.name !== name),
      { name, folder: place, setup: { files, envFiles, profiles: setup.profiles } },
    ])
  }

  /**
   * Gives an opened project the name that its files have now.
   * @throws BerthError compose.name-taken; host.no-space, host.folder-unwritable
   */
  async rename(before: string, name: string): Promise<void> {
    const other = this.#all.find((project) => project.name === name)
    if (other !== undefined) throw new BerthError('compose.name-taken', { name, folder: other.folder })
    await this.#change((opened) => opened.map((one) => (one.name === before ? { ...one, name } : one)))
  }

  /**
   * Takes an opened project from the list. It stays in the list while it has containers.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  forget(name: string): Promise<void> {
    return this.#change((opened) => opened.filter((one) => one.name !== name))
  }

  /** Whether the engine has containers of a project. */
  hasContainers(name: string): boolean {
    return [...this.#labelled.values()].some((labelled) => labelled.name === name)
  }

  /**
   * The files of a project that can be watched, as paths on this computer without symbolic links. A watched file may be
   * missing. Leaves out each file of which Berth must not look at the path.
   */
  watchedFiles(name: string): readonly string[] {
    return this.#watched.get(name) ?? []
  }

  /** Looks at the files of all projects again. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#inTurn(async () => {
      this.#refreshing = undefined
      await this.#listAll()
    })
    return this.#refreshing
  }

  #follow(change: EngineChange): void {
    if (change.type === 'snapshot') {
      this.#labelled.clear()
      for (const container of change.containers) this.#take(container)
      // A factory reset removes the file.
      this.#readFile()
    } else if (change.type === 'container-removed') {
      if (this.#labelled.delete(change.id)) void this.refresh()
    } else if (change.type === 'container') {
      const before = this.#labelled.get(change.container.id)
      this.#take(change.container)
      if (!isDeepStrictEqual(before, this.#labelled.get(change.container.id))) void this.refresh()
    }
  }

  #take({ id, labels }: Pick<Container, 'id' | 'labels'>): void {
    const project = projectOfLabels(labels, (path) => this.#options.mounts.hostPath(path))
    if (project !== undefined) this.#labelled.set(id, project)
  }

  #change(change: (opened: readonly Opened[]) => Opened[]): Promise<void> {
    return this.#inTurn(async () => {
      const next = change(this.#opened)
      await this.#file.write(next)
      this.#opened = next
      await this.#listAll()
    })
  }

  #readFile(): void {
    void this.#inTurn(async () => {
      try {
        this.#opened = (await this.#file.read()) ?? []
      } catch (error) {
        this.#options.log.warn({ reason: jsonReason(error) }, 'could not read the list of compose projects')
      }
      await this.#listAll()
    })
  }

  async #listAll(): Promise<void> {
    const projects = new Map<string, Promise<Described>>()
    for (const labelled of this.#labelled.values())
      if (!projects.has(labelled.name)) projects.set(labelled.name, this.#found(labelled))
    for (const opened of this.#opened)
      if (!projects.has(opened.name)) projects.set(opened.name, this.#describe(opened, true))
    const described = await Promise.all(projects.values())
    this.#watched = new Map(described.map(({ project, watched }) => [project.name, watched]))
    const all = described.map(({ project }) => project).sort((a, b) => a.name.localeCompare(b.name))
    if (isDeepStrictEqual(all, this.#all)) return
    this.#all = all
    this.emit('change')
  }

  /** The user's choice of files applies only if it is for the same folder as the containers. */
  async #found(labelled: LabelledProject): Promise<Described> {
    const { name, folder, files, envFiles } = labelled
    const opened = this.#opened.find((one) => one.name === name)
    if (opened !== undefined && (folder === '' || opened.folder === (await this.#realFolder(folder))))
      return this.#describe(opened, true)
    return this.#describe({ name, folder, setup: { files, envFiles, profiles: [] } }, false)
  }

  async #describe({ name, folder, setup }: Opened, opened: boolean): Promise<Described> {
    const project: ComposeProject = { ...setup, includes: [], name, folder, opened, problem: null }
    const watched: string[] = []
    try {
      if (!composeNamePattern.test(name)) throw new BerthError('compose.name-invalid', { name })
      if (folder === '') throw new BerthError('compose.files-unknown', { name })
      const place = await this.#pathOf(folder)
      if (place !== undefined) {
        watched.push(join(place, '.env'))
        if (setup.files.length === 0)
          project.files = (await filesIn(place)).map((found) => join(folder, found))
      }
      for (const file of [...project.files, ...project.envFiles]) {
        const path = await this.#pathOf(file)
        if (path === undefined) continue
        watched.push(path)
        if (!(await isThere(path))) throw new BerthError('compose.file-missing', { path: file })
      }
      if (project.files.length === 0) throw new BerthError('compose.no-file', { folder })
      for (const reference of await this.#referenced(project.files, folder)) {
        project.includes.push(reference.path)
        watched.push(reference.real)
      }
    } catch (error) {
      project.problem = BerthError.from(error).toData()
    }
    return { project, watched }
  }

  /**
   * The files that the files of a project include or extend, also those of the included files. `real` is the path at
   * which Berth may look. Leaves out a file at whose path Berth must not look.
   */
  async #referenced(
    files: readonly string[],
    folder: string,
  ): Promise<(ComposeReference & { real: string })[]> {
    const found: (ComposeReference & { real: string })[] = []
    const seen = new Set(files)
    const queue = files.map((path): ComposeReference => ({ path, folder }))
    // The loop also visits the files that it adds.
    for (const reference of queue) {
      const real = await this.#pathOf(reference.path).catch(() => undefined)
      if (real === undefined) continue
      if (!files.includes(reference.path)) found.push({ ...reference, real })
      const text = await readTextFile(real).then(
        (file) => file.text,
        () => '',
      )
      for (const next of referencesOf(text, reference.folder)) {
        if (seen.has(next.path) || seen.size - files.length >= mostReferences) continue
        seen.add(next.path)
        queue.push(next)
      }
    }
    return found
  }

  /**
   * The path at which Berth may look at a file or folder of a project. Undefined for a place in the machine.
   * @throws BerthError as {@link sharedSource}
   */
  #pathOf(written: string): Promise<string | undefined> {
    return sharedSource(written, this.#options.mounts.bindContext)
  }

  /**
   * Returns the path of a file of this computer as it is written, with the home folder instead of `~`.
   * @throws BerthError compose.file-missing; as {@link sharedSource}
   */
  async #existingFile(written: string): Promise<string> {
    const path = await this.#pathOf(written)
    if (path !== undefined && !(await isThere(path)))
      throw new BerthError('compose.file-missing', { path: written })
    return fromHome(written)
  }

  /** The folder without symbolic links. A folder outside the shared folders stays as it is written. */
  async #realFolder(folder: string): Promise<string> {
    const path = await this.#pathOf(folder).catch(() => undefined)
    return path === undefined ? folder : realpath(path).catch(() => folder)
  }
}

/**
 * Returns the names of the files that compose reads in a folder: its first file, and the first file that overrides
 * parts of it.
 */
async function filesIn(folder: string): Promise<string[]> {
  const first = async (names: readonly string[]) => {
    for (const name of names) if (await isThere(join(folder, name))) return [name]
    return []
  }
  const found = await first(projectFileNames)
  if (found.length === 0) return []
  return [...found, ...(await first(projectFileNames.map((name) => name.replace('.y', '.override.y'))))]
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
