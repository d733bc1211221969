import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { ChangeStepName, ContainerChange } from '../../shared/changes'
import { BerthError } from '../../shared/errors'
import type { LayerProgress } from '../../shared/images'

/** How many ended changes Berth remembers until it quits. */
const keptChanges = 20

/** The part of a change that is known when it begins. */
export type ChangeStart = Pick<ContainerChange, 'kind' | 'name' | 'image' | 'oldId'>

/** With this, the work of a change reports its progress. */
export interface ChangeProgress {
  /** Aborts when the user cancels the change. The work then undoes what it has done, and throws. */
  readonly signal: AbortSignal
  /** Runs one step and shows it. */
  step<T>(name: ChangeStepName, act: () => Promise<T>): Promise<T>
  layers(layers: LayerProgress[]): void
  /** From now on, the user can no longer cancel the change. */
  commit(): void
  /** The old container is back. */
  restored(): void
}

/** The result of a change. */
export interface ChangeResult {
  id: string
  unchanged?: boolean
}

/** The changes of containers in progress, and the last ended ones. The newest is the first. */
export class ChangeList extends EventEmitter<{ change: [] }> {
  readonly #changes = new Map<string, ContainerChange>()
  readonly #running = new Map<string, { cancel: AbortController; end: Promise<void> }>()

  get all(): ContainerChange[] {
    return [...this.#changes.values()].reverse()
  }

  /** How many changes are in progress. */
  get running(): number {
    return this.#running.size
  }

  /** Begins a change, and returns its id. The change ends by itself, and keeps its result. */
  start(start: ChangeStart, work: (progress: ChangeProgress) => Promise<ChangeResult>): string {
    const change: ContainerChange = {
      ...start,
      id: randomUUID(),
      containerId: start.oldId,
      state: 'running',
      restored: false,
      unchanged: false,
      cancellable: true,
      steps: [],
      layers: [],
      error: null,
      startedAt: Date.now(),
    }
    const { id } = change
    const cancel = new AbortController()
    this.#changes.set(id, change)
    const end = this.#work(id, cancel.signal, work)
    this.#running.set(id, { cancel, end })
    this.#forgetOldest()
    this.emit('change')
    return id
  }

  /** Adds a change that has already ended. */
  add(change: Pick<ContainerChange, 'kind' | 'name' | 'containerId' | 'restored' | 'state' | 'error'>): void {
    const id = randomUUID()
    this.#changes.set(id, {
      ...change,
      id,
      image: '',
      oldId: '',
      unchanged: false,
      cancellable: false,
      steps: [],
      layers: [],
      startedAt: Date.now(),
    })
    this.emit('change')
  }

  /** Cancels a change. Does nothing if the change has ended, or if it is too late to cancel it. */
  cancel(id: string): void {
    if (this.#changes.get(id)?.cancellable === true) this.#running.get(id)?.cancel.abort()
  }

  /** Forgets an ended change. */
  dismiss(id: string): void {
    if (this.#running.has(id)) return
    if (this.#changes.delete(id)) this.emit('change')
  }

  /** Cancels all changes, and waits until they have ended. */
  async close(): Promise<void> {
    const running = [...this.#running]
    for (const [id] of running) this.cancel(id)
    await Promise.all(running.map(([, { end }]) => end))
  }

  async #work(
    id: string,
    signal: AbortSignal,
    work: (progress: ChangeProgress) => Promise<ChangeResult>,
  ): Promise<void> {
    try {
      const result = await work(this.#progress(id, signal))
      this.#update(id, { state: 'succeeded', containerId: result.id, unchanged: result.unchanged === true })
    } catch (error) {
      const isCancelled = signal.aborted && !(error instanceof BerthError)
      this.#update(id, {
        state: isCancelled ? 'cancelled' : 'failed',
        error: isCancelled ? null : BerthError.from(error).toData(),
      })
    }
    this.#running.delete(id)
    this.#update(id, { cancellable: false })
  }

  #progress(id: string, signal: AbortSignal): ChangeProgress {
    return {
      signal,
      step: async (name, act) => {
        const startedAt = Date.now()
        const others = this.#changes.get(id)?.steps ?? []
        const set = (state: ContainerChange['steps'][number]['state'], endedAt: number | null): void => {
          this.#update(id, { steps: [...others, { name, state, startedAt, endedAt }] })
        }
        set('running', null)
        try {
          const result = await act()
          set('done', Date.now())
          return result
        } catch (error) {
          set('failed', Date.now())
          throw error
        }
      },
      layers: (layers) => {
        this.#update(id, { layers })
      },
      commit: () => {
        this.#update(id, { cancellable: false })
      },
      restored: () => {
        this.#update(id, { restored: true })
      },
    }
  }

  #update(id: string, update: Partial<ContainerChange>): void {
    const change = this.#changes.get(id)
    if (change === undefined) return
    this.#changes.set(id, { ...change, ...update })
    this.emit('change')
  }

  #forgetOldest(): void {
    const ended = [...this.#changes.values()].filter(({ state }) => state !== 'running')
    for (const { id } of ended.slice(0, Math.max(0, ended.length - keptChanges))) this.#changes.delete(id)
  }
}
