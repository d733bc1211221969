import { randomUUID } from 'node:crypto'
import type { BerthError } from '../../shared/errors'
import type { Timeline, TimelineStep, TimelineStepName } from '../../shared/timelines'
import { cutError, cutLabel, cutName, mostSteps } from './cut'

/** A network, a volume or an image that was made while nobody knew yet for which project. */
export interface MadeObject {
  step: 'makeNetwork' | 'makeVolume' | 'pull'
  id: string
  label: string
  /** The guest's time, in milliseconds since the epoch, like all times in this file. */
  end: number
  /** Milliseconds. Undefined if only the end is known. */
  took: number | undefined
}

interface RunStep {
  name: TimelineStepName
  label: string
  /** Undefined if only the end is known. The step then lasts from the end of the one before it. */
  begin: number | undefined
  end: number
  failed: boolean
}

interface RunContainer {
  label: string
  /** The first sign that the engine starts the container. */
  touched: number | undefined
  started: number | undefined
  hasEnded: boolean
}

/**
 * One `docker compose up` of another program. The engine's events are all that is known of it, so most steps have only
 * an end. One clock has taken all times. The methods that take an event return whether it has added a step.
 */
export class ComposeRun {
  readonly project: string
  readonly #id = randomUUID()
  readonly #steps: RunStep[] = []
  readonly #containers = new Map<string, RunContainer>()
  /** When containers were sent a signal. */
  readonly #signalled = new Map<string, number>()
  #state: Timeline['state'] = 'running'
  #error: BerthError | undefined

  constructor(project: string) {
    this.project = project
  }

  /** True once a container has started. Without one, it is no run. */
  get hasStarted(): boolean {
    return [...this.#containers.values()].some(({ started }) => started !== undefined)
  }

  /** The containers that were created, and have not started yet. */
  get waiting(): string[] {
    return [...this.#containers].flatMap(([id, { started }]) => (started === undefined ? [id] : []))
  }

  /** Whether the run has started a container of this name. */
  hasStartedNamed(label: string): boolean {
    return [...this.#containers.values()].some((one) => one.label === label && one.started !== undefined)
  }

  get started(): string[] {
    return [...this.#containers].flatMap(([id, { started }]) => (started === undefined ? [] : [id]))
  }

  created(id: string, label: string, end: number): boolean {
    this.#containers.set(id, { label, touched: undefined, started: undefined, hasEnded: false })
    return this.#add({ name: 'create', label, begin: undefined, end, failed: false })
  }

  touched(id: string, at: number): void {
    const container = this.#containers.get(id)
    if (container?.started === undefined && container !== undefined) container.touched ??= at
  }

  /** A container runs, also one that existed before. */
  startedAt(id: string, label: string, end: number): boolean {
    const container = this.#containers.get(id) ?? {
      ...{ label, touched: undefined, started: undefined, hasEnded: false },
    }
    this.#containers.set(id, container)
    if (container.started !== undefined) return false
    container.started = end
    const from = container.touched ?? end
    const before = this.#steps.filter((step) => step.end <= from).map((step) => step.end)
    const begin = before.length === 0 ? from : Math.max(...before)
    return this.#add({ name: 'start', label: container.label, begin, end, failed: false })
  }

  checked(id: string, isHealthy: boolean, end: number): boolean {
    const container = this.#containers.get(id)
    if (container?.started === undefined) return false
    const name = isHealthy ? 'healthy' : 'unhealthy'
    const { label, started } = container
    if (this.#steps.some((step) => step.name === name && step.label === label)) return false
    return this.#add({ name, label, begin: started, end, failed: !isHealthy })
  }

  signalled(id: string, at: number): void {
    if (!this.#signalled.has(id)) this.#signalled.set(id, at)
  }

  /** A container has ended: an old one that is replaced, or one of the run that has done its work. */
  ended(id: string, label: string, { end, exitCode }: { end: number; exitCode: string }): boolean {
    const container = this.#containers.get(id)
    if (container?.started !== undefined) {
      // A container that restarts in a loop ends many times.
      if (container.hasEnded) return false
      container.hasEnded = true
      return this.#add({ name: 'ended', label, begin: container.started, end, failed: exitCode !== '0' })
    }
    const begin = this.#signalled.get(id)
    this.#signalled.delete(id)
    return begin !== undefined && this.#add({ name: 'stopped', label, begin, end, failed: false })
  }

  removed(id: string, label: string, end: number): boolean {
    // A container that was never started leaves nothing to wait for.
    if (this.#containers.get(id)?.started === undefined) this.#containers.delete(id)
    return this.#add({ name: 'remove', label, begin: undefined, end, failed: false })
  }

  end(error?: BerthError): void {
    this.#state = error === undefined ? 'done' : 'failed'
    this.#error = error
  }

  snapshot(made: readonly MadeObject[], { emulated }: { emulated: boolean }): Timeline {
    const madeSteps = made.map(({ step, label, end, took }): RunStep => {
      return { name: step, label, begin: took === undefined ? undefined : end - took, end, failed: false }
    })
    const steps = [...madeSteps, ...this.#steps].sort((a, b) => a.end - b.end)
    const startedAt = Math.min(...steps.map(({ begin, end }) => begin ?? end))
    const relative = (time: number) => Math.max(0, Math.round((time - startedAt) * 1000) / 1000)
    return {
      id: this.#id,
      kind: 'compose',
      origin: 'docker',
      state: this.#state,
      startedAt,
      containerId: '',
      name: cutName(this.project),
      image: '',
      steps: steps.map(({ name, label, begin, end, failed }, index): TimelineStep => {
        const from = begin ?? steps[index - 1]?.end ?? end
        return { name, label: cutLabel(label), startedAt: relative(from), endedAt: relative(end), failed }
      }),
      facts: { cached: null, pulledBytes: 0, pulledLayers: 0, emulated, healthIntervalMs: null },
      clockErrorMs: null,
      error: this.#error === undefined ? null : cutError(this.#error),
    }
  }

  #add(step: RunStep): boolean {
    if (this.#steps.length >= mostSteps) return false
    this.#steps.push(step)
    return true
  }
}
