import { EventEmitter } from 'node:events'
import { isAbsolute } from 'node:path'
import type { Container } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { LearnState, Leftover, LessonId, LessonResult, Observed, OpenLesson } from '../../shared/learn'
import { clearingCommand, lessonIds } from '../../shared/lessons'
import type { Engine, EngineState } from '../engine'
import { fromHome, message, sequencer, toHome } from '../lib'
import type { SshLink } from '../ssh'
import { exampleTexts, writeExample } from './example-folder'
import { isWatched, runOf } from './facts'
import { ensureLearnImage } from './images'
import { commonHint, type Lesson } from './lesson'
import { LessonWatch, type WatchSources } from './lesson-watch'
import { exampleServer, lessonOf, namesIn } from './lessons'
import { leftovers, removeLeftovers } from './leftovers'
import { pageText } from './page-text'
import { ProgressFile } from './progress-file'

export interface LearnOptions extends WatchSources {
  /** Berth's home folder. */
  home: string
  platform: NodeJS.Platform
  link: Pick<SshLink, 'exec'>
  engine: WatchSources['engine'] & {
    readonly containers: Pick<Engine['containers'], 'details' | 'logs' | 'remove'>
    readonly images: Pick<Engine['images'], 'details' | 'find' | 'import' | 'remove'>
    readonly volumes: Pick<Engine['volumes'], 'remove'>
    readonly networks: Pick<Engine['networks'], 'remove'>
  }
  state: WatchSources['state'] & Pick<EngineState, 'containers'>
  /** Makes a folder of this computer available to containers, if it is not yet. */
  share: (folder: string) => Promise<void>
}

/** The most runs of containers from before a lesson that Berth remembers. */
const mostEarlier = 200
/** The port of this computer in the lessons, unless the user has published another one. */
const usualPort = 5000

const isRun = (command: string) => command.startsWith('docker run ')

/**
 * Guided tasks on the real engine: see decision 091. The user works with Berth, with the docker CLI or with any other
 * tool. The checks look at the engine only. `change` is emitted after each change of `current`.
 */
export class Learn extends EventEmitter<{ change: [] }> {
  readonly #options: LearnOptions
  readonly #progress: ProgressFile
  readonly #ready: Promise<void>
  #watch: LessonWatch | undefined
  #opened: Lesson | undefined
  /** The lesson whose images Berth makes now. */
  #preparing: Lesson | undefined
  #isPlanned = false
  /** Runs the looks at the facts one after the other. */
  readonly #inTurn = sequencer()

  constructor(options: LearnOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = options
    this.#progress = new ProgressFile(options)
    this.#ready = this.#resume()
    options.state.on('change', (change) => {
      // A factory reset removes the file.
      if (change.type === 'snapshot') void this.#resume()
      this.#plan()
    })
  }

  /** Ends the collection of facts. When this resolves, all that was seen is in the file. */
  async close(): Promise<void> {
    this.#leave()
    await this.#inTurn(() => this.#progress.written())
  }

  #leave(): void {
    this.#watch?.close()
    this.#watch = undefined
    this.#opened = undefined
  }

  get current(): LearnState {
    const { results, folder, begunAt } = this.#progress.current
    return {
      lesson: this.#openLesson(),
      results,
      folder,
      leftovers: leftovers(this.#options.state, begunAt),
    }
  }

  /**
   * Opens a lesson. Berth makes the lesson's images, and collects what the engine shows from now on. A container that
   * has run before does not count.
   * @throws BerthError machine.not-running; as `ensureBusyboxImage`; host.no-space, host.folder-unwritable
   */
  async open(id: LessonId): Promise<void> {
    await this.#ready
    const lesson = lessonOf(id)
    await this.#progress.change((before) => ({
      ...before,
      current: id,
      begunAt: before.begunAt ?? Date.now(),
      earlier: this.#options.state.isOnline
        ? { ...before.earlier, [id]: before.earlier[id] ?? this.#runs() }
        : before.earlier,
    }))
    this.#follow(lesson)
    await this.#prepare(lesson)
  }

  /** @throws BerthError host.no-space, host.folder-unwritable */
  async skip(id: LessonId): Promise<void> {
    await this.#ready
    await this.#finish(lessonOf(id), 'skipped')
    this.emit('change')
  }

  /**
   * Forgets what a lesson has shown, and opens it.
   * @throws BerthError as {@link open}
   */
  async again(id: LessonId): Promise<void> {
    await this.#ready
    // The old facts must not give back the ticks.
    this.#leave()
    try {
      await this.#progress.change((before) => ({
        ...before,
        seen: { ...before.seen, [id]: [] },
        earlier: { ...before.earlier, [id]: this.#runs() },
        results: before.results.filter((result) => result.id !== id),
      }))
    } finally {
      await this.open(id)
    }
  }

  /**
   * Writes the example's files into a folder of this computer. See {@link writeExample}.
   * @throws BerthError mounts.not-absolute; as {@link writeExample}
   */
  async useFolder(written: string): Promise<{ folder: string }> {
    await this.#ready
    const folder = fromHome(written.trim())
    if (!isAbsolute(folder)) throw new BerthError('mounts.not-absolute', { path: written })
    await writeExample({ folder, share: this.#options.share })
    await this.#progress.change((before) => ({ ...before, folder }))
    this.emit('change')
    return { folder }
  }

  /**
   * Requests the page of the example's web server, as a browser on this computer would.
   * @throws BerthError learn.not-published, learn.no-answer
   */
  async ask(): Promise<void> {
    const watch = this.#watch
    const server = watch && exampleServer(watch.facts)
    if (watch === undefined || server === undefined) throw new BerthError('learn.not-published')
    watch.answered({ ...server, text: await pageText(server.url) })
  }

  /**
   * Removes what Learn made from the engine, and closes the lesson. The results and the files on this computer stay.
   * An object that the user has not agreed to remove stays too, as does one that Learn did not make.
   * @throws BerthError the first error of a removal; the others are removed all the same
   */
  async cleanUp(agreed: readonly Pick<Leftover, 'kind' | 'id'>[]): Promise<{ removed: number }> {
    await this.#ready
    const { state, engine } = this.#options
    this.#leave()
    await this.#progress.change((before) => ({ ...before, current: null }))
    try {
      const all = leftovers(state, this.#progress.current.begunAt)
      const objects = all.filter(({ kind, id }) => agreed.some((one) => one.kind === kind && one.id === id))
      return { removed: await removeLeftovers(engine, objects) }
    } finally {
      this.emit('change')
    }
  }

  /** Forgets all results. The objects in the engine stay. @throws BerthError host.no-space, host.folder-unwritable */
  async startOver(): Promise<void> {
    await this.#ready
    this.#leave()
    await this.#progress.forget()
    this.emit('change')
  }

  /** Reads the progress, and follows the lesson that was open. */
  async #resume(): Promise<void> {
    await this.#progress.read()
    const { current } = this.#progress.current
    if (current === null) this.#leave()
    else this.#follow(lessonOf(current))
    this.emit('change')
  }

  #follow(lesson: Lesson): void {
    if (this.#watch !== undefined && this.#opened?.id === lesson.id) return
    this.#watch?.close()
    this.#opened = lesson
    this.#watch = new LessonWatch({
      sources: this.#options,
      lesson,
      memory: () => ({
        seen: this.#seen(lesson.id),
        earlier: new Set(this.#progress.current.earlier[lesson.id]),
      }),
      changed: () => {
        this.#plan()
      },
    })
    this.#plan()
  }

  async #prepare(lesson: Lesson): Promise<void> {
    const { engine, link, state } = this.#options
    if (!state.isOnline) throw new BerthError('machine.not-running')
    this.#preparing = lesson
    this.emit('change')
    try {
      for (const image of lesson.images) await ensureLearnImage({ engine, link }, image)
    } finally {
      if (this.#preparing === lesson) this.#preparing = undefined
      this.emit('change')
    }
  }

  /** Looks at the facts soon. Many facts may change in one turn. */
  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    setImmediate(() => {
      this.#isPlanned = false
      void this.#inTurn(() => this.#look())
    })
  }

  async #look(): Promise<void> {
    const [lesson, watch] = [this.#opened, this.#watch]
    if (lesson !== undefined && watch !== undefined) {
      const known = this.#seen(lesson.id)
      const { facts } = watch
      const found = lesson.checks.flatMap(({ id, look }) => {
        if (known.has(id)) return []
        const result = look(facts)
        return result !== undefined && 'observed' in result ? [{ id, observed: result.observed }] : []
      })
      if (found.length > 0) await this.#remember(lesson, found)
      if (this.#seen(lesson.id).size === lesson.checks.length) watch.settle()
    }
    this.emit('change')
  }

  async #remember(lesson: Lesson, found: { id: string; observed: Observed }[]): Promise<void> {
    const { log } = this.#options
    try {
      await this.#progress.change((before) => {
        const known = before.seen[lesson.id] ?? []
        const added = found.filter(({ id }) => !known.some((one) => one.id === id))
        return { ...before, seen: { ...before.seen, [lesson.id]: [...known, ...added] } }
      })
      if (this.#seen(lesson.id).size === lesson.checks.length) await this.#finish(lesson, 'done')
    } catch (error) {
      log.warn({ error: message(error) }, 'could not save the progress in Learn')
    }
  }

  #finish(lesson: Lesson, state: LessonResult['state']): Promise<void> {
    return this.#progress.change((before) => {
      const known = before.results.find(({ id }) => id === lesson.id)
      if (known?.state === 'done') return before
      const result: LessonResult = {
        id: lesson.id,
        state,
        at: Date.now(),
        commands: this.#commands(lesson),
        checks: lesson.checks.flatMap(
          ({ id }) => before.seen[lesson.id]?.filter((one) => one.id === id) ?? [],
        ),
      }
      const others = before.results.filter(({ id }) => id !== lesson.id)
      const position = (one: LessonResult) => lessonIds.indexOf(one.id)
      return { ...before, results: [...others, result].sort((a, b) => position(a) - position(b)) }
    })
  }

  #seen(id: LessonId): Map<string, Observed> {
    return new Map(
      (this.#progress.current.seen[id] ?? []).map(({ id: check, observed }) => [check, observed]),
    )
  }

  #commands({ commands }: Lesson): string[] {
    const { platform } = this.#options
    const example = platform === 'win32' ? '%USERPROFILE%\\berth-learn' : '~/berth-learn'
    const published = Number(this.#seen('publish').get('published')?.port ?? usualPort)
    const folder = toHome(this.#progress.current.folder ?? example)
    return [...commands({ folder, platform, port: published })]
  }

  /** The names of Learn's earlier containers that are in the way of the lesson's commands. */
  #inTheWay({ id }: Lesson, commands: readonly string[]): string[] {
    const { state } = this.#options
    const { earlier, begunAt } = this.#progress.current
    const [runs, made] = [new Set(earlier[id]), new Set(leftovers(state, begunAt).map((one) => one.id))]
    const names = new Set(commands.flatMap(namesIn))
    const isOnPort = ({ state: now, ports }: Container) =>
      now === 'running' &&
      ports.some(({ hostPort }) => commands.some((command) => command.includes(` -p ${String(hostPort)}:`)))
    return [...state.containers.values()]
      .filter((one) => runs.has(runOf(one)) && made.has(one.id) && (names.has(one.name) || isOnPort(one)))
      .map(({ name }) => name)
  }

  /** The runs of containers that a lesson would look at now. */
  #runs(): string[] {
    const { containers } = this.#options.state
    return [...containers.values()].filter(isWatched).map(runOf).slice(-mostEarlier)
  }

  #openLesson(): OpenLesson | null {
    const [lesson, watch] = [this.#opened, this.#watch]
    if (lesson === undefined || watch === undefined) return null
    const { facts } = watch
    const seen = this.#seen(lesson.id)
    const isDone = seen.size === lesson.checks.length
    const lessonCommands = this.#commands(lesson)
    const inTheWay = isDone ? [] : this.#inTheWay(lesson, lessonCommands)
    return {
      id: lesson.id,
      preparing: this.#preparing?.id === lesson.id,
      commands: [
        ...(inTheWay.length === 0 ? [] : [`${clearingCommand}${inTheWay.join(' ')}`]),
        ...lessonCommands,
      ],
      checks: lesson.checks.map(({ id, look }) => {
        const observed = seen.get(id) ?? null
        const found = observed === null ? look(facts) : undefined
        return { id, observed, since: found !== undefined && 'since' in found ? found.since : null }
      }),
      places: lesson.places.map((page) => ({ page, id: lesson.subject?.(facts, page) ?? null })),
      hint: isDone ? null : (lesson.hint?.(facts) ?? commonHint(facts, lesson)),
      form: lesson.hasForm === true ? (lessonCommands.find(isRun) ?? '') : '',
      files: (lesson.files ?? []).map((name) => ({ name, text: exampleTexts[name] })),
      needsFolder: lesson.needsFolder === true,
      asks: lesson.asks === true,
    }
  }
}
