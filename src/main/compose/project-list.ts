import { EventEmitter } from 'node:events'
import { lstat, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import {
  composeFileNames,
  composeNamePattern,
  type ComposeProject,
  type ComposeSetup,
  composeSetupSchema,
} from '../../shared/compose'
import type { Container } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { MountsState } from '../../shared/mounts'
import type { EngineChange, EngineState } from '../engine'
import { berthFile, type Logger } from '../host'
import { type Emits, JsonFile, jsonReason, sequencer } from '../lib'
import { bindSource, type Mounts } from '../mounts'
import { type LabelledProject, projectOfLabels } from './labels'

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
    const path = written.replace(/^~(?=$|[\\/])/, () => homedir())
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
    if (other !== undefined && other.folder !== '' && (await realFolder(other.folder)) !== folder)
      throw new BerthError('compose.name-taken', { name, folder: other.folder })
    await this.#change((opened) => [
      ...opened.filter((one) => one.name !== name),
      { name, folder, setup: { ...noSetup, files } },
    ])
  }

  /**
   * Changes which files and profiles the actions on a project use.
   * @throws BerthError compose.not-found, compose.files-unknown, compose.file-missing; mounts.not-absolute;
   * host.no-space, host.folder-unwritable
   */
  async configure(name: string, setup: ComposeSetup): Promise<void> {
    const { folder } = this.get(name)
    const files = await Promise.all(setup.files.map(existingFile))
    const envFiles = await Promise.all(setup.envFiles.map(existingFile))
    const [first] = files
    if (folder === '' && first === undefined) throw new BerthError('compose.files-unknown', { name })
    const place = folder === '' ? dirname(first ?? '') : await realFolder(folder)
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
    const projects = new Map<string, Promise<ComposeProject>>()
    for (const labelled of this.#labelled.values())
      if (!projects.has(labelled.name)) projects.set(labelled.name, this.#found(labelled))
    for (const opened of this.#opened)
      if (!projects.has(opened.name)) projects.set(opened.name, this.#describe(opened, true))
    const all = (await Promise.all(projects.values())).sort((a, b) => a.name.localeCompare(b.name))
    if (isDeepStrictEqual(all, this.#all)) return
    this.#all = all
    this.emit('change')
  }

  /** The user's choice of files applies only if it is for the same folder as the containers. */
  async #found(labelled: LabelledProject): Promise<ComposeProject> {
    const { name, folder, files, envFiles } = labelled
    const opened = this.#opened.find((one) => one.name === name)
    if (opened !== undefined && (folder === '' || opened.folder === (await realFolder(folder))))
      return this.#describe(opened, true)
    return this.#describe({ name, folder, setup: { files, envFiles, profiles: [] } }, false)
  }

  async #describe({ name, folder, setup }: Opened, opened: boolean): Promise<ComposeProject> {
    const files = setup.files.length > 0 || folder === '' ? setup.files : await filesIn(folder)
    const project = { ...setup, name, folder, files, opened }
    return { ...project, problem: (await this.#problemOf(project))?.toData() ?? null }
  }

  async #problemOf({
    name,
    folder,
    files,
    envFiles,
  }: Omit<ComposeProject, 'problem'>): Promise<BerthError | undefined> {
    if (!composeNamePattern.test(name)) return new BerthError('compose.name-invalid', { name })
    if (folder === '') return new BerthError('compose.files-unknown', { name })
    // Berth suggests to share a folder only after an action on a project.
    const context = { ...this.#options.mounts.bindContext }
    delete context.onRefused
    try {
      for (const file of [...files, ...envFiles]) {
        await existingFile(file)
        await bindSource(file, context)
      }
      if (files.length === 0) return new BerthError('compose.no-file', { folder })
    } catch (error) {
      return BerthError.from(error)
    }
    return undefined
  }
}

/** Returns the files that compose reads in a folder: its first file, and the first file that overrides parts of it. */
async function filesIn(folder: string): Promise<string[]> {
  const first = async (names: readonly string[]) => {
    for (const name of names) if (await isThere(join(folder, name))) return [join(folder, name)]
    return []
  }
  const found = await first(composeFileNames)
  if (found.length === 0) return []
  return [...found, ...(await first(composeFileNames.map((name) => name.replace('.y', '.override.y'))))]
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/**
 * Returns the path of a file of this computer.
 * @throws BerthError mounts.not-absolute, compose.file-missing
 */
async function existingFile(written: string): Promise<string> {
  const path = written.replace(/^~(?=$|[\\/])/, () => homedir())
  if (!isAbsolute(path)) throw new BerthError('mounts.not-absolute', { path: written })
  if (!(await isThere(path))) throw new BerthError('compose.file-missing', { path: written })
  return path
}

/** The folder without symbolic links, as far as it exists. */
function realFolder(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder)
}
