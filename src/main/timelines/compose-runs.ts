import { composeLabels } from '../../shared/compose'
import { BerthError } from '../../shared/errors'
import { familiarName } from '../../shared/outdated'
import { unparkedName } from '../../shared/parked-names'
import type { Timeline } from '../../shared/timelines'
import type { DockerEvent, EngineState } from '../engine'
import { ComposeRun, type MadeObject } from './compose-run'
import { eventTime } from './container-event'

/** A run is over when nothing has happened for this time. Milliseconds. */
const quietMs = 10_000
/** A run that is older waits no longer for a container's start or its first health check. Milliseconds. */
const waitMs = 10 * 60_000
/** Compose makes networks, volumes and the first container at most this long after each other. Milliseconds. */
const gapMs = 30_000
/** How many networks, volumes and images are remembered, until a container tells for which project they are. */
const rememberedObjects = 50
/** How many projects may be started simultaneously. */
const mostRuns = 20

export interface ComposeRunsOptions {
  state: Pick<EngineState, 'containers' | 'networks' | 'volumes'>
  /** All timelines that Berth keeps. */
  timelines: () => readonly Timeline[]
  isEmulated: () => boolean
  /** Whether this app runs an action of compose for a project now. */
  isComposing: (project: string) => boolean
  /** Called with a timeline whenever it has changed. */
  report: (timeline: Timeline) => void
}

interface OpenRun {
  run: ComposeRun
  /** The images of its containers, with their services. */
  images: Map<string, string>
  /** The guest's time of the first event. */
  begin: number
  /** The time of this computer's monotonic clock at the first event. */
  begunAt: number
  timer: NodeJS.Timeout
}

/**
 * Recognizes a `docker compose up` of another program by the labels of the containers that it creates. There is no call
 * for it: compose makes networks, volumes and containers one by one. A run begins with the first container that is
 * created, and ends when it has had no new step for some time.
 */
export class ComposeRuns {
  readonly #options: ComposeRunsOptions
  readonly #runs = new Map<string, OpenRun>()
  #made: MadeObject[] = []
  /** The projects of the containers that an edit in Berth replaces now, by the containers' ids. */
  readonly #edited = new Map<string, string>()

  constructor(options: ComposeRunsOptions) {
    this.#options = options
  }

  take(event: DockerEvent): void {
    const { Type, Action, Actor } = event
    const at = eventTime(event)
    if (Action === 'create' || (Type === 'image' && Action === 'pull')) this.#remember(event, at)
    if (Type === 'container') this.#ofContainer(event, at)
    else if (Action === 'connect' || Action === 'mount')
      for (const { run } of this.#runs.values()) run.touched(Actor.Attributes.container ?? '', at)
  }

  /** The connection to the engine is lost, so nothing more is known. */
  disconnected(): void {
    for (const project of this.#runs.keys()) this.#end(project, new BerthError('machine.connection-lost'))
    this.forget()
  }

  /** Ends the timers, and forgets what has happened. */
  forget(): void {
    for (const { timer } of this.#runs.values()) clearTimeout(timer)
    this.#runs.clear()
    this.#made = []
    this.#edited.clear()
  }

  #remember({ Type, Actor: { ID: id, Attributes } }: DockerEvent, end: number): void {
    const step = { network: 'makeNetwork', volume: 'makeVolume', image: 'pull' } as const
    if (Type !== 'network' && Type !== 'volume' && Type !== 'image') return
    // A volume has only a name.
    const label = Type === 'network' ? (Attributes.name ?? id) : id
    this.#made.push({ step: step[Type], id, label, end, took: undefined })
    if (this.#made.length > rememberedObjects) this.#made.shift()
  }

  #ofContainer({ Action, Actor: { ID: id, Attributes } }: DockerEvent, at: number): void {
    const { name = '', image = '', exitCode = '' } = Attributes
    const project = Attributes[composeLabels.project] ?? ''
    if (project === '' || Attributes[composeLabels.oneOff] === 'True') return
    // An edit in Berth parks the old container, and then creates one with the same labels. At its end, the old
    // container has its name again, or is gone.
    if (Action === 'rename' && unparkedName(name) !== name) this.#edited.set(id, project)
    else if (Action === 'rename' || Action === 'destroy') this.#edited.delete(id)
    const label = containerName(name)
    if (Action === 'create') {
      // Berth records its own actions itself.
      if ([...this.#edited.values()].includes(project) || this.#options.isComposing(project)) return
      // The next `up` replaces what this one has started.
      if (this.#runs.get(project)?.run.hasStartedNamed(label) === true) this.#end(project)
      const begun = this.#runs.get(project) ?? this.#begin(project, at)
      const service = Attributes[composeLabels.service] ?? label
      if (!begun.images.has(familiarName(image))) begun.images.set(familiarName(image), service)
      if (begun.run.created(id, label, at)) this.#changed(begun)
      return
    }
    const open = this.#runs.get(project)
    if (open === undefined) return
    const { run } = open
    if (Action === 'kill' && run.started.includes(id)) {
      // `compose down`, `stop` and `restart` follow.
      this.#end(project)
      return
    }
    // What adds nothing, such as a health check that fails every second time, must not keep the run open.
    if (addStep(run, { action: Action, id, label, at, exitCode })) this.#changed(open)
  }

  #begin(project: string, begin: number): OpenRun {
    const [oldest] = this.#runs.keys()
    if (this.#runs.size >= mostRuns && oldest !== undefined) this.#end(oldest)
    const timer = setInterval(() => {
      this.#look(project)
    }, quietMs)
    timer.unref()
    const run = new ComposeRun(project)
    const open = { run, images: new Map<string, string>(), begin, begunAt: performance.now(), timer }
    this.#runs.set(project, open)
    return open
  }

  #changed(open: OpenRun): void {
    open.timer.refresh()
    if (open.run.hasStarted) this.#options.report(this.#snapshot(open))
  }

  /** There was no new step for some time. */
  #look(project: string): void {
    const open = this.#runs.get(project)
    if (open === undefined) return
    const { containers } = this.#options.state
    const isDue = (id: string) => containers.get(id)?.health === 'starting'
    const isWaiting = open.run.waiting.length > 0 || open.run.started.some(isDue)
    if (!isWaiting || performance.now() - open.begunAt > waitMs) this.#end(project)
  }

  #end(project: string, error?: BerthError): void {
    const open = this.#runs.get(project)
    if (open === undefined) return
    clearInterval(open.timer)
    this.#runs.delete(project)
    open.run.end(error)
    if (open.run.hasStarted) this.#options.report(this.#snapshot(open))
    // The next run of the project has not made them.
    const made = new Set(this.#madeFor(open).map(({ id }) => id))
    this.#made = this.#made.filter(({ id }) => !made.has(id))
  }

  #snapshot(open: OpenRun): Timeline {
    return open.run.snapshot(this.#madeFor(open), { emulated: this.#options.isEmulated() })
  }

  /** What was made for a run, back to the first gap before its first container. */
  #madeFor(open: OpenRun): MadeObject[] {
    const found: MadeObject[] = []
    let earliest = open.begin
    for (const object of this.#made.toReversed()) {
      const own = this.#labelled(object, open)
      if (own === undefined) continue
      if (earliest - own.end > gapMs) break
      earliest = Math.min(earliest, own.end - (own.took ?? 0))
      found.push(own)
    }
    return found
  }

  /** Undefined if the object was not made for the run. */
  #labelled(object: MadeObject, { run, images }: OpenRun): MadeObject | undefined {
    const { networks, volumes } = this.#options.state
    const { step, id } = object
    if (step === 'pull') {
      const service = images.get(familiarName(id))
      return service === undefined ? undefined : { ...object, label: service, took: this.#pullTime(id) }
    }
    const labels = (step === 'makeNetwork' ? networks : volumes).get(id)?.labels
    return labels?.[composeLabels.project] === run.project ? object : undefined
  }

  /** How long the pull took, if it went through Berth's docker socket. */
  #pullTime(image: string): number | undefined {
    const found = this.#options
      .timelines()
      .findLast((one) => one.kind === 'pull' && familiarName(one.image) === familiarName(image))
    const pull = found?.steps.find(({ name }) => name === 'pull')
    return pull?.endedAt == null ? undefined : pull.endedAt - pull.startedAt
  }
}

interface RunEvent {
  action: string
  id: string
  label: string
  at: number
  exitCode: string
}

/** Returns whether the event has added a step to the run. */
function addStep(run: ComposeRun, { action, id, label, at, exitCode }: RunEvent): boolean {
  switch (action) {
    case 'start':
      return run.startedAt(id, label, at)
    case 'health_status: healthy':
    case 'health_status: unhealthy':
      return run.checked(id, action === 'health_status: healthy', at)
    case 'kill':
      run.signalled(id, at)
      return false
    case 'die':
      return run.ended(id, label, { end: at, exitCode })
    case 'destroy':
      return run.removed(id, label, at)
    default:
      return false
  }
}

/** Compose creates a container that replaces another one with the old one's id before the name. */
function containerName(name: string): string {
  return name.replace(/^[0-9a-f]{12}_(?=.)/, '')
}
