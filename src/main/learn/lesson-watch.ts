import type { Build } from '../../shared/builds'
import type { ContainerDetails } from '../../shared/container-details'
import { attributeOf } from '../../shared/container-events'
import type { Container } from '../../shared/containers'
import type { ReportedEvent } from '../../shared/events'
import type { ImageDetails } from '../../shared/images'
import type { PortForward } from '../../shared/ports'
import type { Builds } from '../builds'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { Logger } from '../host'
import type { Isolation } from '../isolation'
import type { Emits } from '../lib'
import type { PortForwarder } from '../ports'
import {
  type Answer,
  appImage,
  type Facts,
  importedImage,
  isOfLearn,
  isWatched,
  runOf,
  tagged,
} from './facts'
import { IsolationFacts } from './isolation-facts'
import type { Lesson } from './lesson'

export interface WatchSources {
  engine: {
    readonly containers: Pick<Engine['containers'], 'details' | 'logs'>
    readonly images: Pick<Engine['images'], 'details'>
  }
  state: Pick<EngineState, 'containers' | 'images' | 'volumes' | 'networks' | 'isOnline'> &
    Emits<'change', [EngineChange]>
  events: Emits<'event', [ReportedEvent]>
  ports: Pick<PortForwarder, 'forwards'> & Emits<'change', [PortForward[]]>
  builds: Pick<Builds, 'list' | 'refresh' | 'find' | 'output'> & Emits<'change'>
  isolation: Pick<Isolation, 'watch'>
  log: Logger
}

/** What Berth knows about a lesson from before this watch. */
export interface LessonMemory {
  seen: Facts['seen']
  /** The runs of containers that do not count. */
  earlier: ReadonlySet<string>
}

/** The most events and containers that a lesson keeps. */
const mostEvents = 500
const mostContainers = 200
/** The most UTF-16 units of a failed step's output. */
const outputUnits = 2_000
/** The most UTF-16 units of a container's last line. */
const printedUnits = 200

/**
 * Collects what the engine shows while a lesson is open. Calls `changed` after each new fact. Reads nothing by a timer:
 * the engine's state, its events, the builds and the kernel's counters report themselves.
 */
export class LessonWatch {
  readonly #sources: WatchSources
  readonly #lesson: Lesson
  readonly #memory: () => LessonMemory
  readonly #changed: () => void
  readonly #openedAt = Date.now()
  readonly #events: ReportedEvent[] = []
  readonly #containers = new Map<string, Container>()
  readonly #changedIds = new Set<string>()
  readonly #removed = new Set<string>()
  readonly #builds = new Map<string, Build>()
  readonly #outputs = new Map<string, string>()
  readonly #printed = new Map<string, string>()
  readonly #details = new Map<string, ContainerDetails>()
  readonly #imageDetails = new Map<string, ImageDetails>()
  readonly #isolation: IsolationFacts
  /** The reads that have begun, so that each fact is read once for each state of its object. */
  readonly #begun = new Set<string>()
  readonly #leave: (() => void)[] = []
  readonly #answers: Answer[] = []
  #leaveBuilds: () => void = () => undefined
  #isSettled = false
  #isClosed = false

  constructor(options: {
    sources: WatchSources
    lesson: Lesson
    memory: () => LessonMemory
    changed: () => void
  }) {
    const { sources, lesson, memory, changed } = options
    this.#memory = memory
    this.#sources = sources
    this.#lesson = lesson
    this.#changed = changed
    this.#isolation = new IsolationFacts({
      ...sources,
      changed: () => {
        this.#tell()
      },
    })
    this.#takeState()
    this.#on(sources.state, 'change', (change) => {
      if (change.type === 'snapshot') this.#takeState()
      else if (change.type === 'container') {
        this.#take(change.container)
        this.#changedIds.add(change.container.id)
      } else if (change.type === 'container-removed' && this.#containers.has(change.id))
        this.#removed.add(change.id)
      this.#tell()
    })
    this.#on(sources.events, 'event', (event) => {
      this.#onEvent(event)
    })
    this.#on(sources.ports, 'change', () => {
      this.#tell()
    })
    if (this.#reads('builds')) {
      const read = (): void => {
        this.#readBuilds()
      }
      sources.builds.on('change', read)
      this.#leaveBuilds = () => sources.builds.off('change', read)
      void sources.builds.refresh()
    }
    this.#readMore()
  }

  get facts(): Facts {
    const { state, ports } = this.#sources
    const { seen, earlier } = this.#memory()
    return {
      events: this.#events,
      containers: [...this.#containers.values()]
        .filter((container) => !earlier.has(runOf(container)))
        .map((container) => this.#withEnd(container))
        .sort((a, b) => a.createdAt - b.createdAt),
      changed: this.#changedIds,
      removed: this.#removed,
      images: [...state.images.values()],
      volumes: [...state.volumes.values()],
      networks: [...state.networks.values()],
      forwards: ports.forwards,
      builds: [...this.#builds.values()].sort((a, b) => a.startedAt - b.startedAt),
      outputs: this.#outputs,
      printed: this.#printed,
      details: this.#details,
      imageDetails: this.#imageDetails,
      namespaces: this.#isolation.namespaces,
      throttled: this.#isolation.throttled,
      answers: this.#answers,
      seen,
    }
  }

  answered(answer: Answer): void {
    this.#answers.push(answer)
    this.#tell()
  }

  /** Ends the reading that costs the machine something, because all checks of the lesson hold. */
  settle(): void {
    this.#isSettled = true
    this.#leaveBuilds()
    this.#isolation.follow([])
  }

  close(): void {
    this.settle()
    this.#isClosed = true
    for (const leave of this.#leave) leave()
  }

  #on<Name extends string, Arguments extends unknown[]>(
    emitter: Emits<Name, Arguments>,
    name: Name,
    listener: (...values: Arguments) => void,
  ): void {
    emitter.on(name, listener)
    this.#leave.push(() => emitter.off(name, listener))
  }

  #reads(what: NonNullable<Lesson['reads']>[number]): boolean {
    return this.#lesson.reads?.includes(what) === true
  }

  #tell(): void {
    if (this.#isClosed) return
    this.#readMore()
    this.#changed()
  }

  #takeState(): void {
    const { containers } = this.#sources.state
    for (const id of this.#containers.keys()) if (!containers.has(id)) this.#removed.add(id)
    for (const container of containers.values()) this.#take(container)
  }

  #take(container: Container): void {
    if (!isWatched(container)) return
    this.#containers.delete(container.id)
    this.#containers.set(container.id, container)
    this.#removed.delete(container.id)
    const oldest = this.#containers.keys().next().value
    if (this.#containers.size > mostContainers && oldest !== undefined) this.#containers.delete(oldest)
  }

  /** A container that the engine removes at its end (`--rm`) may be gone before its exit code can be read. */
  #withEnd(container: Container): Container {
    if (container.exitCode !== null || !this.#removed.has(container.id)) return container
    const end = this.#events.findLast(({ id, action }) => id === container.id && action === 'die')
    const code = end && attributeOf(end, 'exitCode')
    return code === undefined ? container : { ...container, state: 'exited', exitCode: Number(code) }
  }

  #onEvent(event: ReportedEvent): void {
    if (event.kind === 'container' && !isOfLearn(named(event)) && !this.#containers.has(event.id)) return
    if (event.kind !== 'container' && event.kind !== 'image') return
    // A health check reports its result every few seconds. That would replace the other events.
    if (event.action.startsWith('health_status')) return
    this.#events.push(event)
    if (this.#events.length > mostEvents) this.#events.shift()
    this.#tell()
  }

  /** Begins to read the facts that the lesson needs and that the engine's state does not have. */
  #readMore(): void {
    if (!this.#sources.state.isOnline) return
    if (this.#reads('details'))
      for (const container of this.#containers.values()) this.#readDetails(container)
    if (this.#reads('image-details')) this.#readImages()
    if (this.#reads('printed'))
      for (const container of this.#containers.values()) this.#readPrinted(container)
    this.#followIsolation()
  }

  #readDetails({ id, state, startedAt, exitCode }: Container): void {
    if (this.#removed.has(id)) return
    this.#once(`container ${id} ${state} ${String(startedAt)} ${String(exitCode)}`, async () => {
      this.#details.set(id, await this.#sources.engine.containers.details(id, () => undefined))
    })
  }

  #readPrinted({ id, exitCode, startedAt }: Container): void {
    if (exitCode === null || this.#removed.has(id)) return
    this.#once(`output ${id} ${String(startedAt)}`, async () => {
      for await (const { entries } of this.#sources.engine.containers.logs(id, { tail: 1, follow: false }))
        for (const { text } of entries) this.#printed.set(id, text.slice(0, printedUnits))
    })
  }

  #readImages(): void {
    const images = [...this.#sources.state.images.values()]
    for (const name of [appImage, importedImage]) {
      const id = tagged(images, name)?.id
      if (id === undefined) continue
      this.#once(`image ${id}`, async () => {
        this.#imageDetails.set(id, await this.#sources.engine.images.details(id))
      })
    }
  }

  #readBuilds(): void {
    const { builds } = this.#sources
    for (const { id, startedAt, status } of builds.list) {
      if (status === 'running' || status === 'cancelled' || startedAt < this.#openedAt) continue
      this.#once(`build ${id}`, async () => {
        const build = await builds.find(id)
        this.#builds.set(id, build)
        const failed = build.stepList.find(({ error }) => error !== null)
        if (failed === undefined) return
        const from = Math.max(0, failed.outputLength - outputUnits)
        this.#outputs.set(id, builds.output(id, failed.id, from).text)
      })
    }
    this.#tell()
  }

  #followIsolation(): void {
    if (!this.#isSettled) this.#isolation.follow(this.#lesson.isolated?.(this.facts) ?? [])
  }

  /** Reads a fact once. The next change of its object reads it again. A failure is only logged. */
  #once(key: string, read: () => Promise<void>): void {
    if (this.#begun.has(key)) return
    this.#begun.add(key)
    read().then(
      () => {
        this.#tell()
      },
      (error: unknown) => {
        this.#begun.delete(key)
        if (!this.#isClosed)
          this.#sources.log.info({ error: String(error), fact: key }, 'could not read a fact for a lesson')
      },
    )
  }
}

/** The name and the labels of an event's object. */
function named({ name, attributes }: ReportedEvent): { name: string; labels: Record<string, string> } {
  return { name, labels: Object.fromEntries(attributes) }
}
