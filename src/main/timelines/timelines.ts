import { EventEmitter } from 'node:events'
import type { ComparedTimeline, Timeline } from '../../shared/timelines'
import type { DockerEvent, EngineChange } from '../engine'
import type { Logger } from '../host'
import { type Emits, message } from '../lib'
import type { PortAnswer } from '../ports'
import { AfterStart, type AfterStartOptions } from './after-start'
import { hostNow, timeOfDay } from './clock'
import { ComposeRuns, type ComposeRunsOptions } from './compose-runs'
import { type ContainerEvent, containerEvent } from './container-event'
import { previousOf, timelinesOf, timelinesOfProject } from './previous'
import type { Recorder, RecorderOptions } from './recorder'
import { type ReportedBuild, timelineOfBuild } from './reported-build'
import { TimelineHistory } from './timeline-history'
import { TimelineRecorder } from './timeline-recorder'

/** How many timelines are kept. */
const keptTimelines = 200
/** How many events of containers without a timeline are remembered, until the call that caused them has its answer. */
const rememberedEvents = 100
/** Events that come later belong to the container's life, not to its start. Milliseconds. */
const startMs = 10 * 60_000
/** The events of a call arrive at most this long after its answer. Milliseconds. */
const lateMs = 10_000
/** A container that restarts in a loop gets one timeline in this time. Milliseconds. */
const loopMs = 60_000

export interface TimelinesOptions extends AfterStartOptions {
  log: Logger
  state: AfterStartOptions['state'] &
    ComposeRunsOptions['state'] &
    Emits<'reported', [DockerEvent]> &
    Emits<'change', [EngineChange]>
  ports: Emits<'answered', [PortAnswer]>
  /** True if QEMU emulates the machine's processors. */
  isEmulated: () => boolean
  isComposing: ComposeRunsOptions['isComposing']
}

/**
 * The timelines of runs, starts, pulls, builds and compose projects. Calls in this process and events of the engine add
 * their steps. Nothing is read while no container starts. A step that cannot be collected is missing. It never changes
 * or delays a run.
 */
export class Timelines extends EventEmitter<{ change: [] }> {
  readonly #options: TimelinesOptions
  readonly #history: TimelineHistory
  readonly #afterStart: AfterStart
  readonly #composeRuns: ComposeRuns
  /** In the order of their starts. */
  readonly #timelines = new Map<string, Timeline>()
  /** The timelines that events of a container still belong to. */
  readonly #current = new Map<string, TimelineRecorder>()
  readonly #recent: ContainerEvent[] = []
  #reading = new AbortController()

  private constructor(options: TimelinesOptions, history: TimelineHistory, kept: readonly Timeline[]) {
    super()
    // Every window of the app adds listeners. Node would warn about more than ten.
    this.setMaxListeners(0)
    this.#options = options
    this.#history = history
    this.#afterStart = new AfterStart(options)
    this.#composeRuns = new ComposeRuns({
      state: options.state,
      timelines: () => this.list(),
      isEmulated: options.isEmulated,
      isComposing: options.isComposing,
      report: (timeline) => {
        this.#report(timeline)
      },
    })
    for (const timeline of kept.slice(-keptTimelines)) this.#timelines.set(timeline.id, timeline)
    options.state.on('reported', (event) => {
      this.#take(event)
      this.#composeRuns.take(event)
    })
    options.state.on('change', ({ type }) => {
      if (type !== 'offline') return
      this.#forgetCurrent()
      this.#composeRuns.disconnected()
    })
    options.ports.on('answered', (answer) => {
      this.#answered(answer)
    })
  }

  /** Reads the timelines of earlier runs of Berth, for {@link create}. `folder` belongs to the timelines alone. */
  static async read(folder: string, log: Logger): Promise<KeptTimelines> {
    try {
      return await TimelineHistory.open(folder)
    } catch (error) {
      log.warn({ reason: message(error) }, 'could not read the timelines')
      return { history: TimelineHistory.unread(folder), timelines: [] }
    }
  }

  static create(options: TimelinesOptions, { history, timelines }: KeptTimelines): Timelines {
    return new Timelines(options, history, timelines)
  }

  /** All timelines, oldest first. */
  list(): Timeline[] {
    return [...this.#timelines.values()]
  }

  /** The timelines of a container, the newest first. `id` is the id of the container. */
  ofContainer(id: string): ComparedTimeline[] {
    const name = this.#options.state.containers.get(id)?.name ?? ''
    return timelinesOf({ id, name }, this.list())
  }

  /** The timelines of a compose project's starts, the newest first. */
  ofProject(name: string): ComparedTimeline[] {
    return timelinesOfProject(name, this.list())
  }

  /** Undefined if the timeline is not kept. */
  find(id: string): ComparedTimeline | undefined {
    const timeline = this.#timelines.get(id)
    return timeline && { timeline, before: previousOf(timeline, this.list()) }
  }

  /** The timeline that a container's events belong to. */
  current(containerId: string): TimelineRecorder | undefined {
    return this.#current.get(containerId)
  }

  /** Begins a timeline. */
  begin(options: RecorderOptions): Recorder {
    return this.publish(this.prepare(options))
  }

  /** Begins a timeline that stays invisible until {@link publish}. */
  prepare(options: RecorderOptions): TimelineRecorder {
    const recorder = new TimelineRecorder(options)
    recorder.emulated = this.#options.isEmulated()
    recorder.onCreated = (id) => {
      this.#adopt(id, recorder)
    }
    if (recorder.containerId !== '') this.#adopt(recorder.containerId, recorder)
    return recorder
  }

  /**
   * Forgets a timeline that is not published, because its call has changed nothing. `before`: the timeline that the
   * events of the container belong to again.
   */
  discard(recorder: TimelineRecorder, before: TimelineRecorder | undefined): void {
    const { containerId } = recorder
    if (this.#current.get(containerId) !== recorder) return
    if (before === undefined) this.#current.delete(containerId)
    else this.#current.set(containerId, before)
  }

  publish(recorder: TimelineRecorder): TimelineRecorder {
    let queued = false
    let isKept = false
    const changed = () => {
      queued = false
      const timeline = recorder.snapshot()
      this.#put(timeline)
      // The first state is written too, so that a run is not lost if Berth ends before the run does.
      if (recorder.ended || !isKept) void this.#keep(timeline)
      isKept = true
      this.emit('change')
    }
    // Several steps usually change in the same turn of the event loop.
    recorder.onChange = () => {
      if (queued) return
      queued = true
      setImmediate(changed)
    }
    changed()
    return recorder
  }

  /** Takes what BuildKit has reported about a build of another program until now. */
  report(build: ReportedBuild): void {
    if (this.#isReported(build.id) || !this.#timelines.has(build.id))
      this.#report(timelineOfBuild(build, { emulated: this.#options.isEmulated() }))
  }

  /** Forgets a build that {@link report} has shown, because it is one of this app. */
  withdraw(id: string): void {
    if (!this.#isReported(id)) return
    this.#timelines.delete(id)
    void this.#written(() => this.#history.withdraw(id))
    this.emit('change')
  }

  /** The other program may choose the id of its build, also that of another timeline. */
  #isReported(id: string): boolean {
    const known = this.#timelines.get(id)
    return known?.kind === 'build' && known.origin === 'docker'
  }

  /** Deletes all timelines and their file, for a factory reset. */
  async forget(): Promise<void> {
    this.#forgetCurrent()
    this.#composeRuns.forget()
    this.#timelines.clear()
    this.emit('change')
    await this.#history.remove()
  }

  /** Ends all reading, and closes the file. */
  async close(): Promise<void> {
    this.#forgetCurrent()
    this.#composeRuns.forget()
    await this.#history.close()
  }

  #report(timeline: Timeline): void {
    const isNew = !this.#timelines.has(timeline.id)
    this.#put(timeline)
    if (isNew || timeline.state !== 'running') void this.#keep(timeline)
    this.emit('change')
  }

  #forgetCurrent(): void {
    this.#reading.abort()
    this.#reading = new AbortController()
    this.#current.clear()
    this.#recent.length = 0
  }

  #put(timeline: Timeline): void {
    this.#timelines.set(timeline.id, timeline)
    for (const id of this.#timelines.keys()) {
      if (this.#timelines.size <= keptTimelines) return
      this.#timelines.delete(id)
    }
  }

  #keep(timeline: Timeline): Promise<void> {
    return this.#written(() => this.#history.keep(timeline))
  }

  async #written(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      this.#options.log.warn({ reason: message(error) }, 'could not write a timeline')
    }
  }

  /** Gives a container's events to a timeline, also those that came before the answer to the call. */
  #adopt(id: string, recorder: TimelineRecorder): void {
    this.#current.delete(id)
    this.#current.set(id, recorder)
    // A container that was created and never started would stay here forever.
    for (const other of this.#current.keys()) {
      if (this.#current.size <= keptTimelines) break
      this.#current.delete(other)
    }
    const early = this.#recent.filter(
      ({ containerId, arrived }) => containerId === id && arrived >= recorder.startedAt,
    )
    for (const event of early) this.#apply(event, recorder)
  }

  #take(docker: DockerEvent): void {
    const event = containerEvent(docker)
    if (event === undefined) return
    const { containerId, action } = event
    const recorder = this.#current.get(containerId)
    const isOver = recorder !== undefined && hasStartedNothing(recorder, event)
    if (isOver) this.#current.delete(containerId)
    else if (recorder !== undefined && !(action === 'start' && recorder.has('process'))) {
      this.#apply(event, recorder)
      return
    }
    this.#recent.push(event)
    if (this.#recent.length > rememberedEvents) this.#recent.shift()
    if (action === 'start') this.#startedByEngine(event)
  }

  /** No call through Berth has started the container. */
  #startedByEngine({ containerId, name, image, arrived }: ContainerEvent): void {
    const now = timeOfDay(arrived)
    // A timeline in the future is from a time when this computer's clock was wrong.
    const isLoop = this.list().some(
      ({ containerId: id, startedAt }) => id === containerId && startedAt <= now && now - startedAt < loopMs,
    )
    if (isLoop) return
    const early = this.#recent.filter(
      (event) => event.containerId === containerId && arrived - event.arrived < startMs,
    )
    const created = early.find(({ action }) => action === 'create')
    const kind = created === undefined ? 'start' : 'run'
    const startedAt = (created ?? early[0])?.arrived
    const recorder = this.prepare({ kind, origin: 'engine', containerId, name, image, startedAt })
    recorder.end()
    this.publish(recorder)
  }

  #apply(event: ContainerEvent, recorder: TimelineRecorder): void {
    const { action, label, guest, arrived, containerId } = event
    const isStart = isNearStart(recorder, arrived)
    if (event.name !== '') recorder.name = event.name
    if (event.image !== '' && recorder.image === '') recorder.image = event.image
    switch (action) {
      case 'create':
        recorder.limitClock('create', { guest, arrived })
        return
      case 'connect':
        if (recorder.has('process')) return
        recorder.outputSince = guest
        recorder.report({ name: 'network', label, guest, arrived })
        return
      case 'start':
        recorder.report({ name: 'process', label: '', guest, arrived })
        recorder.outputSince ??= guest - 1000
        void this.#afterStart.read(recorder, this.#reading.signal)
        return
      case 'health_status: healthy':
        if (!recorder.has('healthy')) recorder.report({ name: 'healthy', label: '', guest, arrived })
        return
      case 'health_status: unhealthy':
        if (!recorder.has('unhealthy') && !recorder.has('healthy'))
          recorder.report({ name: 'unhealthy', label: '', guest, arrived })
        return
      case 'kill':
        recorder.wasSignalled ||= recorder.has('process')
        return
      case 'die':
        // A restart ends the old process first.
        if (!recorder.has('process')) {
          recorder.outputSince = guest
          if (!recorder.has('stopped')) recorder.report({ name: 'stopped', label, guest, arrived })
        } else {
          this.#current.delete(containerId)
          if (isStart && !recorder.wasSignalled) recorder.report({ name: 'ended', label, guest, arrived })
        }
        return
      case 'destroy':
        this.#current.delete(containerId)
    }
  }

  #answered({ containerId, hostPort }: PortAnswer): void {
    const recorder = this.#current.get(containerId)
    const process = recorder?.processAt
    if (recorder === undefined || process === undefined || recorder.has('answer')) return
    if (!isNearStart(recorder, hostNow())) return
    const begin = Math.min(hostNow(), recorder.hostTime(process) ?? hostNow())
    recorder.mark('answer', { begin, label: String(hostPort) })
  }
}

/** A pull before the start may take hours, so the time counts from the start of the program. */
function isNearStart({ runsSince, startedAt }: TimelineRecorder, time: number): boolean {
  return time - (runsSince ?? startedAt) < startMs
}

/** The calls ended some time ago without a start: they failed, or the container ran already. */
function hasStartedNothing(recorder: TimelineRecorder, { arrived }: ContainerEvent): boolean {
  const { endedAt } = recorder
  return endedAt !== undefined && arrived - endedAt > lateMs && !recorder.has('process')
}

/** The timelines of earlier runs of Berth, and their file. */
export interface KeptTimelines {
  history: TimelineHistory
  timelines: readonly Timeline[]
}
