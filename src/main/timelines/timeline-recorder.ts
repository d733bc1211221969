import { randomUUID } from 'node:crypto'
import { BerthError } from '../../shared/errors'
import type { LayerProgress } from '../../shared/images'
import type {
  Timeline,
  TimelineKind,
  TimelineOrigin,
  TimelineStep,
  TimelineStepName,
} from '../../shared/timelines'
import { GuestOffset, hostNow, timeOfDay } from './clock'
import { cutError, cutLabel, cutName, mostSteps, stepLabel } from './cut'
import { LayerTimes } from './layer-times'
import type { InstructionStep, Recorder, RecorderOptions } from './recorder'

/** The page's and this process's times may differ by this much, in milliseconds. */
const clockStepMs = 3
/** A request that was sent earlier comes from a clock that was set meanwhile. Milliseconds. */
const sentLimitMs = 60_000
interface HostStep {
  name: TimelineStepName
  label: string
  begin: number
  end: number | null
  failed: boolean
  cached?: boolean
}

/** A step that the machine has reported. */
export interface GuestStep {
  name: TimelineStepName
  label: string
  /** The guest's time, in milliseconds since the epoch. */
  guest: number
  /** The host's time at which the report arrived. */
  arrived: number
}

/** The order in which the engine starts a container. Each of these steps lasts from the one before it. */
const startChain: readonly TimelineStepName[] = ['stopped', 'network', 'forward', 'namespaces', 'process']

/** The events that the call to start a container causes. */
const calledSteps: readonly TimelineStepName[] = ['stopped', 'network', 'process']

export class TimelineRecorder implements Recorder {
  readonly id: string
  readonly kind: TimelineKind
  readonly origin: TimelineOrigin
  /** The host's time. */
  readonly startedAt: number
  /** The host's time at which the calls have ended. */
  endedAt: number | undefined
  containerId: string
  name: string
  image: string
  healthIntervalMs: number | null = null
  emulated = false
  /** Somebody has sent the program a signal, so its next end is not its own. */
  wasSignalled = false
  /** The guest's time after which the program may write its first output. */
  outputSince: number | undefined
  /** Called after every change. */
  onChange: () => void = () => undefined
  /** Called when the engine has created the container. */
  onCreated: (containerId: string) => void = () => undefined
  readonly #startedAtDay: number
  readonly #steps: HostStep[] = []
  readonly #guestSteps: GuestStep[] = []
  readonly #offset = new GuestOffset()
  readonly #layers = new LayerTimes()
  #instructions: readonly InstructionStep[] = []
  /** The labels of the steps of a build, by their names. */
  readonly #labels = new Map<string, string>()
  /** The host's time of the last report about the instructions. */
  #instructionsAt = 0
  #cached: boolean | null = null
  #state: Timeline['state'] = 'running'
  #error: BerthError | undefined

  constructor({ kind, origin, id, containerId, name, image, startedAt, sentAt }: RecorderOptions) {
    const received = startedAt ?? hostNow()
    this.id = id ?? randomUUID()
    this.kind = kind
    this.origin = origin
    this.containerId = containerId ?? ''
    this.name = cutName(name ?? '')
    this.image = cutName(image ?? '')
    const sent = sentAt === undefined ? undefined : timeOfSending(sentAt, received)
    this.startedAt = sent ?? received
    this.#startedAtDay = timeOfDay(this.startedAt)
    if (sent !== undefined) this.#add('sent', { begin: sent, end: received })
    else if (origin !== 'engine') this.#add('received', { begin: received, end: received })
  }

  get ended(): boolean {
    return this.#state !== 'running'
  }

  has(name: TimelineStepName): boolean {
    return [...this.#steps, ...this.#guestSteps].some((step) => step.name === name)
  }

  begin(name: TimelineStepName, label = '', at = hostNow()): (error?: unknown) => void {
    const step = this.#add(name, { begin: at, end: null }, label)
    this.onChange()
    return (error) => {
      step.end = hostNow()
      step.failed = error !== undefined
      this.onChange()
    }
  }

  /** Adds a step of the host that has already ended. */
  mark(
    name: TimelineStepName,
    { begin, end = hostNow(), label = '' }: { begin: number; end?: number; label?: string },
  ): void {
    this.#add(name, { begin, end }, label)
    this.onChange()
  }

  async during<T>(name: TimelineStepName, act: () => Promise<T>, label?: string): Promise<T> {
    const end = this.begin(name, label)
    try {
      const result = await act()
      end()
      return result
    } catch (error) {
      end(error)
      throw error
    }
  }

  /** The call to create the container has only shown that the engine does not have the image. */
  becomeLookup(): void {
    const step = this.#steps.findLast(({ name }) => name === 'create')
    if (step === undefined) return
    step.name = 'lookup'
    step.end = hostNow()
    this.cached(false)
  }

  /** The step of a build that runs now was in the cache. */
  stepCached(): void {
    const step = this.#steps.findLast(({ name }) => name === 'instruction')
    if (step === undefined) return
    step.cached = true
    this.onChange()
  }

  cached(cached: boolean): void {
    this.#cached = cached
    this.onChange()
  }

  layers(layers: readonly LayerProgress[]): void {
    // Not reported: a pull has hundreds of these.
    this.#layers.update(layers, hostNow())
  }

  instructions(steps: readonly InstructionStep[]): void {
    // Names are searched for secrets once, because each report has all steps.
    this.#instructions = steps
      .filter(({ startedAt }) => startedAt !== null)
      .slice(0, mostSteps)
      .map((step) => ({ ...step, name: this.#instructionLabel(step.name) }))
    this.#instructionsAt = hostNow()
    for (const { startedAt, endedAt } of steps)
      for (const guest of [startedAt, endedAt])
        if (guest !== null) this.#offset.limit(guest, { after: this.startedAt, before: this.#instructionsAt })
    this.onChange()
  }

  created(containerId: string): void {
    this.containerId = containerId
    this.onCreated(containerId)
    this.onChange()
  }

  /** Adds a step that the machine has reported. */
  report(step: GuestStep): void {
    if (calledSteps.includes(step.name)) this.limitClock('start', step)
    this.#guestSteps.push({ ...step, label: cutLabel(step.label) })
    this.onChange()
  }

  /** An event that was caused by a call limits the difference of the clocks. */
  limitClock(name: 'create' | 'start', { guest, arrived }: Pick<GuestStep, 'guest' | 'arrived'>): void {
    // An event that arrived before the call has another cause.
    const call = this.#steps.findLast((step) => step.name === name && step.begin <= arrived)
    this.#offset.limit(guest, { after: call?.begin, before: Math.min(arrived, call?.end ?? arrived) })
  }

  /** The host's time of a guest's time. Undefined before the first report. */
  hostTime(guest: number): number | undefined {
    return this.#offset.value === undefined ? undefined : guest - this.#offset.value
  }

  /** The guest's time at which the program was started. */
  get processAt(): number | undefined {
    return this.#process?.guest
  }

  /** The host's time at which the engine has reported that the program runs. */
  get runsSince(): number | undefined {
    return this.#process?.arrived
  }

  get #process(): GuestStep | undefined {
    return this.#guestSteps.find(({ name }) => name === 'process')
  }

  end(error?: unknown): void {
    if (this.#state !== 'running') return
    if (error !== undefined) this.#error = BerthError.from(error)
    for (const step of this.#steps)
      if (step.end === null) {
        step.end = hostNow()
        step.failed = error !== undefined
      }
    this.#state = error === undefined ? 'done' : 'failed'
    this.endedAt = hostNow()
    this.onChange()
  }

  snapshot(): Timeline {
    const relative = (time: number) => Math.round((time - this.startedAt) * 1000) / 1000
    const steps = [...this.#steps, ...this.#pullSteps(), ...this.#machineSteps(), ...this.#instructionSteps()]
      .sort((a, b) => (a.end ?? Number.MAX_VALUE) - (b.end ?? Number.MAX_VALUE) || a.begin - b.begin)
      .map(({ name, label, begin, end, failed, cached }): TimelineStep => {
        const endedAt = end === null ? null : relative(end)
        const step = { name, label, startedAt: relative(begin), endedAt, failed }
        return cached === undefined ? step : { ...step, cached }
      })
    return {
      id: this.id,
      kind: this.kind,
      origin: this.origin,
      state: this.#state,
      startedAt: this.#startedAtDay,
      containerId: this.containerId,
      name: this.name,
      image: this.image,
      steps,
      facts: {
        cached: this.#cached,
        pulledBytes: this.#layers.bytes,
        pulledLayers: this.#layers.layers,
        emulated: this.emulated,
        healthIntervalMs: this.healthIntervalMs,
      },
      clockErrorMs: this.#guestSteps.length + this.#instructions.length === 0 ? null : this.#offset.error,
      error: this.#error === undefined ? null : cutError(this.#error),
    }
  }

  #pullSteps(): HostStep[] {
    const spans = { download: this.#layers.download, unpack: this.#layers.unpack }
    const pull = this.#steps.find(({ name }) => name === 'pull')
    return (['download', 'unpack'] as const).flatMap((name) => {
      const span = spans[name]
      if (span === undefined) return []
      return [{ name, label: '', ...span, end: span.end ?? pull?.end ?? null, failed: pull?.failed ?? false }]
    })
  }

  #instructionSteps(): HostStep[] {
    // A step of a build is neither earlier than the build nor later than its report.
    const placed = (guest: number) =>
      Math.max(this.startedAt, Math.min(this.#instructionsAt, this.hostTime(guest) ?? guest))
    return this.#instructions.flatMap(({ name, startedAt, endedAt, cached, error }): HostStep[] => {
      if (startedAt === null) return []
      const begin = placed(startedAt)
      const end = endedAt === null ? (this.ended ? this.#instructionsAt : null) : placed(endedAt)
      return [{ name: 'instruction', label: name, begin, end, failed: error !== null, cached }]
    })
  }

  #machineSteps(): HostStep[] {
    const start = this.#steps.find(({ name }) => name === 'start')
    const placed = this.#guestSteps.map((step) => {
      // An event is not later than its arrival. A step of the start is not earlier than the call, although the kernel
      // rounds its times to 10 ms.
      const earliest = startChain.includes(step.name) ? (start?.begin ?? 0) : 0
      const end = Math.max(earliest, Math.min(step.arrived, this.hostTime(step.guest) ?? step.arrived))
      return { name: step.name, label: step.label, end, failed: step.name === 'unhealthy' }
    })
    placed.sort((a, b) => a.end - b.end || startChain.indexOf(a.name) - startChain.indexOf(b.name))
    const process = placed.find(({ name }) => name === 'process')?.end
    let last = start?.begin
    return placed.map((step) => {
      const isStart = startChain.includes(step.name)
      // The engine reports the start a moment later than the program's first output.
      const from = isStart || process === undefined || process > step.end ? last : process
      const begin = Math.min(step.end, from ?? step.end)
      if (isStart) last = step.end
      return { ...step, begin }
    })
  }

  #instructionLabel(name: string): string {
    const label = this.#labels.get(name) ?? stepLabel('instruction', name)
    this.#labels.set(name, label)
    return label
  }

  #add(name: TimelineStepName, { begin, end }: { begin: number; end: number | null }, label = ''): HostStep {
    const step = { name, label: stepLabel(name, label), begin, end, failed: false }
    this.#steps.push(step)
    return step
  }
}

/** The host's time at which the page has sent the request. Undefined if one of the clocks was set meanwhile. */
function timeOfSending(sentAt: number, received: number): number | undefined {
  // The system may stop this process between two readings of the clocks, also for longer than the tolerance.
  const before = hostNow()
  const now = Date.now()
  const least = now - (hostNow() - received) - sentAt
  const most = now - (before - received) - sentAt
  // `Date.now` has whole milliseconds, so the age may be slightly negative.
  return most > -clockStepMs && least < sentLimitMs ? received - Math.max(0, least) : undefined
}
