import { addPoint, historyMs } from '../../shared/measuring'
import type { Series, StatsLimits, StatsPoint } from '../../shared/stats'

interface Entry {
  series: Series
  limits: StatsLimits
}

/** What each container used in the last minutes. */
export class History {
  readonly #entries = new Map<string, Entry>()

  /** Adds a point. `time` is in milliseconds since the epoch. */
  add(time: number, point: StatsPoint): void {
    const { id, limits } = point
    const entry = this.#entries.get(id) ?? { series: emptySeries(), limits }
    this.#entries.set(id, entry)
    entry.limits = limits
    addPoint(entry.series, time, point)
  }

  /** The points of a container from this time on. Undefined if there is none. */
  since(time: number, id: string): { id: string; series: Series; limits: StatsLimits } | undefined {
    const entry = this.#entries.get(id)
    const first = entry?.series.time.findIndex((each) => each >= time) ?? -1
    if (entry === undefined || first === -1) return undefined
    const { series } = entry
    return {
      id,
      limits: entry.limits,
      series: {
        time: series.time.slice(first),
        cpu: series.cpu.slice(first),
        memory: series.memory.slice(first),
        received: series.received.slice(first),
        sent: series.sent.slice(first),
        read: series.read.slice(first),
        written: series.written.slice(first),
        pids: series.pids.slice(first),
      },
    }
  }

  get ids(): Iterable<string> {
    return this.#entries.keys()
  }

  /** Forgets the containers that no longer exist, and those whose points are all too old. */
  keep(exists: (id: string) => boolean, now: number): void {
    for (const [id, { series }] of this.#entries)
      if (!exists(id) || (series.time.at(-1) ?? 0) < now - historyMs) this.#entries.delete(id)
  }
}

function emptySeries(): Series {
  return { time: [], cpu: [], memory: [], received: [], sent: [], read: [], written: [], pids: [] }
}
