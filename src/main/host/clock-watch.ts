import { EventEmitter } from 'node:events'

/** The two clocks of the host, in milliseconds. */
export interface HostClocks {
  /** The wall clock: the time of day, which users and programs can set. */
  wall(): number
  /** The monotonic clock, which nobody can set. */
  running(): number
}

const hostClocks: HostClocks = { wall: () => Date.now(), running: () => performance.now() }

/** Milliseconds between two comparisons of the clocks. A longer interval would delay the correction of a jump. */
const intervalMs = 500
/**
 * If one clock has advanced more than this many milliseconds further than the other since the last comparison, the wall
 * clock was set, or the host slept.
 */
const jumpMs = 500
/**
 * On some hosts the monotonic clock also advances during sleep. There, a timer that is this many milliseconds late
 * reveals the sleep.
 */
const gapMs = 5_000

/**
 * Notices that the host has slept or that its clock was set. Either the wall clock has advanced differently from the
 * monotonic clock, or this process has not run for a while. `jump` is emitted once each time.
 */
export class ClockWatch extends EventEmitter<{ jump: [] }> {
  readonly #clocks: HostClocks
  #timer: NodeJS.Timeout | undefined
  #wall = 0
  #running = 0

  constructor(clocks: HostClocks = hostClocks) {
    super()
    this.#clocks = clocks
  }

  start(): void {
    this.stop()
    this.#read()
    this.#timer = setInterval(() => {
      this.#compare()
    }, intervalMs)
    // The timer alone must not keep the process running.
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #compare(): void {
    const [wall, running] = [this.#wall, this.#running]
    this.#read()
    const wallPassed = this.#wall - wall
    const runningPassed = this.#running - running
    if (Math.abs(wallPassed - runningPassed) > jumpMs || runningPassed > gapMs) this.emit('jump')
  }

  #read(): void {
    this.#wall = this.#clocks.wall()
    this.#running = this.#clocks.running()
  }
}
