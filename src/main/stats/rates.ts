import type { ContainerProcess, ProcessList, StatsLimits, StatsPoint } from '../../shared/stats'
import { containerStats } from '../lib'
import type { ProcessReading, Reading, Sample } from './meter'

const unlimited: StatsLimits = { cpu: null, memory: null }

/** Turns the counters of two samples into rates. */
export class Rates {
  /** The previous counters of each container, and the machine's clock at that time. */
  #previous = new Map<string, { reading: Reading; clock: number }>()
  readonly #limits = new Map<string, StatsLimits>()
  readonly #processes = new Map<string, Processes>()

  /**
   * The points of a sample. A container has no point in its first sample, and none after a restart, because a rate
   * needs two samples.
   */
  points({ clock, readings }: Sample): StatsPoint[] {
    const next = new Map<string, { reading: Reading; clock: number }>()
    const points = readings.flatMap((reading) => {
      const { id } = reading
      if (reading.limits !== undefined) this.#limits.set(id, reading.limits)
      next.set(id, { reading, clock })
      const before = this.#previous.get(id)
      return before?.reading.run !== reading.run || clock <= before.clock
        ? []
        : [point(before.reading, reading, (clock - before.clock) / 1e6, this.#limits.get(id) ?? unlimited)]
    })
    this.#previous = next
    for (const id of this.#limits.keys()) if (!next.has(id)) this.#limits.delete(id)
    for (const id of this.#processes.keys()) if (!next.has(id)) this.#processes.delete(id)
    return points
  }

  /** The processes of a container. Undefined if the meter has not listed them. `now` is in milliseconds. */
  processes({ clock, uptime }: Sample, { id, processes }: Reading, now: number): ProcessList | undefined {
    if (processes === undefined) {
      this.#processes.delete(id)
      return undefined
    }
    const known = this.#processes.get(id) ?? new Processes()
    this.#processes.set(id, known)
    return {
      processes: known.rates(processes, { clock, uptime, now }),
      truncated: processes.length >= containerStats.maxProcesses,
      supported: true,
    }
  }

  /** Forgets all counters. The next sample is a first one. */
  reset(): void {
    this.#previous.clear()
    this.#processes.clear()
  }
}

function point(before: Reading, now: Reading, seconds: number, limits: StatsLimits): StatsPoint {
  const rate = (from: number, to: number) => Math.round(Math.max(0, to - from) / seconds)
  const optionalRate = (from: number | null, to: number | null) =>
    from === null || to === null ? null : rate(from, to)
  return {
    id: now.id,
    cpu: rounded((now.cpu - before.cpu) / 1e6 / seconds),
    memory: now.memory,
    received: optionalRate(before.received, now.received),
    sent: optionalRate(before.sent, now.sent),
    read: rate(before.read, now.read),
    written: rate(before.written, now.written),
    pids: now.pids,
    limits,
  }
}

/** Short numbers make short messages. */
function rounded(processors: number): number {
  return Math.round(processors * 1e4) / 1e4
}

interface Times {
  /** Microseconds. */
  clock: number
  /** Centiseconds. */
  uptime: number
  /** Milliseconds. */
  now: number
}

/** The previous counters of a container's processes. */
class Processes {
  #clock = 0
  #previous = new Map<string, { cpu: number; startedAt: number }>()

  rates(readings: readonly ProcessReading[], { clock, uptime, now }: Times): ContainerProcess[] {
    const seconds = (clock - this.#clock) / 1e6
    const next = new Map<string, { cpu: number; startedAt: number }>()
    const rates = readings.map((reading) => {
      const key = `${String(reading.pid)} ${String(reading.start)}`
      const before = this.#previous.get(key)
      // The machine's clock stops during a pause, so a later calculation of the start time would be wrong.
      const startedAt = before?.startedAt ?? now - (uptime - reading.start) * 10
      next.set(key, { cpu: reading.cpu, startedAt })
      const cpu = before === undefined || seconds <= 0 ? null : (reading.cpu - before.cpu) / 100 / seconds
      return { ...reading, cpu: cpu === null ? null : rounded(Math.max(0, cpu)), startedAt }
    })
    this.#previous = next
    this.#clock = clock
    return rates
  }
}
