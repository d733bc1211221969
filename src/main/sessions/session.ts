import { randomUUID } from 'node:crypto'
import { BerthError } from '../../shared/errors'
import { flowControl } from '../../shared/flow-control'
import type { SessionEvent, SessionInfo, SessionTarget } from '../../shared/sessions'
import { ReplayBuffer } from './replay-buffer'
import type { Outcome, Payload, SessionSource, TerminalSource } from './source'

/** How many units of earlier output a new view still gets: about 6,000 full lines of 80 columns. */
export const replayUnits = 500_000
/**
 * The most units of one event, except for a single larger chunk. It is large, so that a flood of output needs few
 * messages.
 */
const eventUnits = 32_000

export type SessionSpec = { title: string; target?: SessionTarget } & (
  { kind: 'terminal'; source: TerminalSource } | { kind: 'logs'; source: SessionSource }
)

interface View {
  /** Everything before this position has been sent. */
  position: number
  /** Everything before this position has been rendered. */
  acknowledged: number
  wake: () => void
}

/**
 * One stream of events for any number of views. Its source is paused while a view is more than `flowControl.high` units
 * behind, and resumes when all views are within `flowControl.low`.
 */
export class Session {
  readonly id = randomUUID()
  readonly createdAt = Date.now()
  readonly #buffer: ReplayBuffer
  readonly #views = new Map<string, View>()
  readonly #decoder = new TextDecoder()
  #outcome: Outcome | undefined
  #paused = false
  #closed: Promise<void> | undefined

  readonly #spec: SessionSpec
  readonly #onEnd: () => void

  constructor(spec: SessionSpec, onEnd: () => void = () => undefined) {
    this.#spec = spec
    this.#onEnd = onEnd
    this.#buffer = new ReplayBuffer(replayUnits)
  }

  /** Starts the source. */
  start(): void {
    this.#spec.source.start({
      payload: (payload) => {
        this.#append(payload)
      },
      bytes: (chunk) => {
        this.#append({ type: 'output', text: this.#decoder.decode(chunk, { stream: true }) })
      },
      end: (outcome) => {
        this.#end(outcome)
      },
    })
  }

  get ended(): boolean {
    return this.#outcome !== undefined
  }

  get info(): SessionInfo {
    const { kind, title, target } = this.#spec
    return {
      id: this.id,
      kind,
      title,
      ...(target === undefined ? {} : { target }),
      createdAt: this.createdAt,
      ended: this.ended,
    }
  }

  /** @throws BerthError session.not-found when this is no terminal or has ended */
  get terminal(): TerminalSource {
    if (this.#spec.kind !== 'terminal' || this.ended) throw new BerthError('session.not-found')
    return this.#spec.source
  }

  /**
   * Yields the replay, then new events, then `ended`. If `signal` aborts, the iteration ends early, without an event.
   * @throws BerthError input.invalid when the view is already attached
   */
  attach(viewId: string, signal: AbortSignal): AsyncGenerator<SessionEvent, void> {
    if (this.#views.has(viewId))
      throw new BerthError('input.invalid', { field: 'viewId', reason: 'already attached' })
    return this.#events(viewId, signal)
  }

  /** Records that the view has rendered `units` more units. Ignored for a view that has just detached. */
  acknowledge(viewId: string, units: number): void {
    const view = this.#views.get(viewId)
    if (view === undefined) return
    view.acknowledged = Math.min(view.acknowledged + units, view.position)
    view.wake()
    this.#pauseOrResume()
  }

  /** Ends the source and its process. The views see `ended`. */
  close(): Promise<void> {
    this.#closed ??= this.#spec.source.close().finally(() => {
      this.#end({ exitCode: null, error: null })
    })
    return this.#closed
  }

  async *#events(viewId: string, signal: AbortSignal): AsyncGenerator<SessionEvent, void> {
    const view: View = { position: 0, acknowledged: 0, wake: () => undefined }
    this.#views.set(viewId, view)
    const abort = (): void => {
      view.wake()
    }
    signal.addEventListener('abort', abort)
    try {
      this.#pauseOrResume()
      while (!signal.aborted) {
        if (this.#skipLost(view)) yield { type: 'truncated', cost: 0 }
        const event = this.#next(view)
        if (event !== undefined) yield event
        if (event?.type === 'ended') return
        if (event === undefined) await this.#changed(view, signal)
      }
    } finally {
      signal.removeEventListener('abort', abort)
      this.#views.delete(viewId)
      this.#pauseOrResume()
    }
  }

  /** Moves the view to the first unit still held. Returns true if the view has missed output. */
  #skipLost(view: View): boolean {
    if (view.position >= this.#buffer.start) return false
    view.position = view.acknowledged = this.#buffer.start
    return true
  }

  #next(view: View): SessionEvent | undefined {
    if (view.position - view.acknowledged > flowControl.high) return undefined
    const part = this.#buffer.read(view.position, eventUnits)
    if (part !== undefined) {
      const cost = part.end - view.position
      view.position = part.end
      return { ...part.payload, cost }
    }
    return this.#outcome && { type: 'ended', ...this.#outcome, cost: 0 }
  }

  async #changed(view: View, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      view.wake = resolve
    })
  }

  #append(payload: Payload): void {
    if (this.ended) return
    this.#buffer.append(payload)
    this.#wakeViews()
    this.#pauseOrResume()
  }

  #end(outcome: Outcome): void {
    if (this.ended) return
    const rest = this.#decoder.decode()
    if (rest !== '') this.#append({ type: 'output', text: rest })
    this.#outcome = outcome
    this.#wakeViews()
    this.#onEnd()
  }

  #wakeViews(): void {
    for (const view of this.#views.values()) view.wake()
  }

  #pauseOrResume(): void {
    if (this.ended) return
    const behind = Math.max(
      0,
      ...[...this.#views.values()].map((view) => this.#buffer.end - view.acknowledged),
    )
    if (!this.#paused && behind > flowControl.high) {
      this.#paused = true
      this.#spec.source.pause()
    } else if (this.#paused && behind < flowControl.low) {
      this.#paused = false
      this.#spec.source.resume()
    }
  }
}
