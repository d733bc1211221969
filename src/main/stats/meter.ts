import type { StatsLimits } from '../../shared/stats'
import type { ContainerUsage } from '../engine'

/** The counters of a process, since its start. */
export interface ProcessReading {
  pid: number
  inner: number
  user: number
  parent: number
  /** Centiseconds of processor time. */
  cpu: number
  /** Bytes. */
  memory: number
  /** Centiseconds since the machine has booted. */
  start: number
  state: string
  command: string
}

/** The counters of a container, since its start. */
export interface Reading extends ContainerUsage {
  id: string
  /** Differs after a restart of the container, which resets the counters. */
  run: number
  /** Undefined if this sample did not read them. */
  limits: StatsLimits | undefined
  /** Undefined unless the meter lists the processes of this container. */
  processes: ProcessReading[] | undefined
}

/** The counters of all measured containers at one time. */
export interface Sample {
  /** The machine's monotonic clock, in microseconds. */
  clock: number
  /** Centiseconds since the machine has booted. */
  uptime: number
  readings: Reading[]
}

/** What a meter measures. */
export interface MeterTask {
  /** The first process of each container, by the container's id. */
  containers: ReadonlyMap<string, number>
  /** The containers whose processes the meter lists. */
  processesOf: ReadonlySet<string>
  /** Milliseconds between two samples. */
  interval: number
}

export interface MeterEvents {
  onSample: (sample: Sample) => void
  /** Called once, when the meter has ended by itself. */
  onEnd: () => void
}

/** Something that measures containers until it is closed. */
export interface Meter {
  /** False if the meter ignores `processesOf`. */
  readonly listsProcesses: boolean
  /** Changes what the meter measures. */
  apply(task: MeterTask): void
  close(): void
}
