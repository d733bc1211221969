import pLimit from 'p-limit'
import { BerthError } from '../../shared/errors'
import type { Engine } from '../engine'
import { delay } from '../lib'
import type { Meter, MeterEvents, MeterTask, Reading } from './meter'

/** Berth asks the engine about this many containers at the same time. */
const simultaneous = 4

/**
 * Measures through the Engine API, for a guest image without the program that `GuestMeter` needs. The engine needs much
 * more processor time for it, so this meter measures at most every other second. It cannot list processes.
 */
export class EngineMeter implements Meter {
  readonly listsProcesses = false
  readonly #engine: Pick<Engine, 'containers'>
  readonly #events: MeterEvents
  readonly #closing = new AbortController()
  #task: MeterTask | undefined

  constructor(engine: Pick<Engine, 'containers'>, events: MeterEvents) {
    this.#engine = engine
    this.#events = events
  }

  apply(task: MeterTask): void {
    const isFirst = this.#task === undefined
    this.#task = task
    if (isFirst) void this.#measure(this.#closing.signal)
  }

  close(): void {
    this.#closing.abort()
  }

  async #measure(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const { containers, interval } = this.#task ?? { containers: new Map<string, number>(), interval: 0 }
        const clock = performance.now() * 1000
        const readings = await pLimit(simultaneous).map(containers, ([id, pid]) =>
          this.#read(id, pid, signal),
        )
        signal.throwIfAborted()
        this.#events.onSample({ clock, uptime: 0, readings: readings.flat() })
        await delay(Math.max(interval, 2_000), signal)
      }
    } catch {
      if (!signal.aborted) this.#events.onEnd()
    }
  }

  /** Nothing if the container has ended in the meantime. */
  async #read(id: string, pid: number, signal: AbortSignal): Promise<Reading[]> {
    try {
      const usage = await this.#engine.containers.usage(id, signal)
      return [{ ...usage, id, run: pid, limits: undefined, processes: undefined }]
    } catch (error) {
      if (error instanceof BerthError && error.code === 'container.not-found') return []
      throw error
    }
  }
}
