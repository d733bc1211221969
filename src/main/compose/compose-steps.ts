import type { TimelineStepName } from '../../shared/timelines'
import { mostSteps, type Recorder } from '../timelines'

interface Words {
  begin: string
  end: string
  step: TimelineStepName
}

/**
 * The words with which Docker Compose reports the begin and the end of a step
 * (github.com/docker/compose, pkg/progress/event.go and pkg/compose/convergence.go).
 */
const words: Record<string, readonly Words[]> = {
  Network: [{ begin: 'Creating', end: 'Created', step: 'makeNetwork' }],
  Volume: [{ begin: 'Creating', end: 'Created', step: 'makeVolume' }],
  Container: [
    { begin: 'Creating', end: 'Created', step: 'create' },
    { begin: 'Recreate', end: 'Recreated', step: 'create' },
    { begin: 'Starting', end: 'Started', step: 'start' },
    { begin: 'Waiting', end: 'Healthy', step: 'healthy' },
    { begin: 'Stopping', end: 'Stopped', step: 'stopped' },
    { begin: 'Removing', end: 'Removed', step: 'remove' },
  ],
  Service: [
    { begin: 'Pulling', end: 'Pulled', step: 'pull' },
    { begin: 'Building', end: 'Built', step: 'build' },
  ],
}
/** Turns the lines that `docker compose --progress plain` prints into steps of a timeline. */
export class ComposeSteps {
  readonly #timeline: Pick<Recorder, 'begin'>
  /** How to end the steps that run. */
  readonly #running = new Map<string, (error?: unknown) => void>()
  #count = 0

  constructor(timeline: Pick<Recorder, 'begin'>) {
    this.#timeline = timeline
  }

  take(line: string): void {
    const [, kind = 'Service', name = '', word = ''] =
      /^\s*(?:(Network|Volume|Container|Service) )?"?([^\s"]+)"?\s+([A-Z][a-z]+)\s*$/.exec(line) ?? []
    if (word === 'Error') this.#fail(kind, name)
    for (const { begin, end, step } of words[kind] ?? []) {
      const key = `${kind} ${name} ${end}`
      if (word === begin && !this.#running.has(key) && this.#count < mostSteps) {
        this.#count++
        this.#running.set(key, this.#timeline.begin(step, name))
      }
      if (word !== end) continue
      this.#running.get(key)?.()
      this.#running.delete(key)
    }
  }

  #fail(kind: string, name: string): void {
    for (const [key, end] of this.#running) {
      if (!key.startsWith(`${kind} ${name} `)) continue
      end(new Error('Docker Compose reports an error'))
      this.#running.delete(key)
    }
  }
}
