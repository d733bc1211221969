import { EventEmitter } from 'node:events'

/** The two clocks of the host, milliseconds: the one people set, and the one that only runs. */
export interface HostClocks {
  wall(): number
  running(): number
}

const hostClocks: HostClocks = { wall: () => Date.now(), running: () => performance.now() }

/** How often the clocks are compared, milliseconds: what is noticed late is corrected late. */
const intervalMs = 500
/** The wall clock was set, or the host slept, when the two are apart by more than this. */
const jumpMs = 500
/** Some hosts' running clocks count sleep: nothing else keeps a timer waiting for this long. */
const gapMs = 5_000

/**
 * Notices that the host has slept or that its clock was set: the wall clock has gone another way than the running
 * one, or this process has not run for a while. `jump` is emitted once each time.
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
    // It is no reason for the process to go on.
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
