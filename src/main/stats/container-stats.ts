import { EventEmitter } from 'node:events'
import { backoff } from '../../shared/backoff'
import { isActive, type Container } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import { historyMs, measuringPace } from '../../shared/measuring'
import type { ProcessList, ProcessSignal, StatsEvent, StatsPoint } from '../../shared/stats'
import type { Engine, EngineChange, EngineState } from '../engine'
import type { Logger } from '../host'
import { containerStats, type Emits, message } from '../lib'
import type { SshLink } from '../ssh'
import { EngineMeter } from './engine-meter'
import { GuestMeter, guestProgram } from './guest-meter'
import { History } from './history'
import type { Meter, MeterEvents, Sample } from './meter'
import { Rates } from './rates'

export interface ContainerStatsOptions {
  link: Pick<SshLink, 'openCommand' | 'exec'>
  state: Pick<EngineState, 'containers' | 'isOnline'> & Emits<'change', [EngineChange]>
  engine: Pick<Engine, 'containers'>
  log: Logger
  /**
   * Start the meters, the best one first. If a meter ends before its first sample, Berth uses the next one. The default
   * is the machine's own program, then the Engine API, because an older guest image has no such program.
   */
  meters?: readonly StartMeter[]
}

type StartMeter = (events: MeterEvents) => Promise<Meter>

/** A process of a container. `start` tells it from a later process with the same id. */
export interface ProcessIdentity {
  id: string
  pid: number
  start: number
}

/** The history that a list of containers shows, in milliseconds. */
const listHistoryMs = 60_000
/** The waits before the meter is started again after it has ended by itself. */
const restartWait = { firstMs: 500, longestMs: 30_000 }

const unsupported: ProcessList = { processes: [], truncated: false, supported: false }

interface StatsEvents {
  points: [time: number, points: StatsPoint[]]
  processes: [id: string, list: ProcessList]
}

/** A value now, and its changes. `subscribe` returns the function that ends the subscription. */
export interface Watched<Value, Change = Value> {
  snapshot: () => Value
  subscribe: (listener: (change: Change) => void) => () => void
}

/**
 * Measures what containers use: each second while a window shows it, and every few seconds while a window is open, so
 * that a page can show the last minutes. Measures nothing without a window, and nothing without a running container.
 * So it never wakes a paused machine, and never keeps a machine from pausing.
 */
export class ContainerStats {
  readonly #options: ContainerStatsOptions
  readonly #events = new EventEmitter<StatsEvents>()
  readonly #history = new History()
  readonly #rates = new Rates()
  readonly #meters: readonly StartMeter[]
  /** The position of the meter to use. */
  #chosen = 0
  /** The newest process list of each watched container. */
  readonly #processes = new Map<string, ProcessList>()
  /** The number of watchers of each container's processes. */
  readonly #processWatchers = new Map<string, number>()
  #windows = 0
  #watchers = 0
  /** The meter that runs or starts. While there is none, `#restart` is the timer that starts the next one. */
  #run: { meter: Meter | undefined; closed: boolean } | undefined
  #failures = 0
  #restart: NodeJS.Timeout | undefined

  constructor(options: ContainerStatsOptions) {
    this.#options = options
    const { link, engine } = options
    this.#meters = options.meters ?? [
      (events) => GuestMeter.start(link, events),
      (events) => Promise.resolve(new EngineMeter(engine, events)),
    ]
    // Every window adds listeners.
    this.#events.setMaxListeners(0)
    options.state.on('change', () => {
      this.#update()
    })
  }

  /** Call this when a window opens. `closed` aborts when it closes. */
  windowOpened(closed: AbortSignal): void {
    this.#windows += 1
    this.#update()
    closed.addEventListener(
      'abort',
      () => {
        this.#windows -= 1
        this.#update()
      },
      { once: true },
    )
  }

  /** What every container uses. With `id`: what this container uses, with its whole history. */
  watch(id?: string): Watched<StatsEvent> {
    return {
      snapshot: () => this.#snapshot(id),
      subscribe: (listener) => {
        const onPoints = (time: number, points: StatsPoint[]) => {
          const shown = id === undefined ? points : points.filter((point) => point.id === id)
          if (shown.length > 0) listener({ type: 'points', time, points: shown })
        }
        this.#events.on('points', onPoints)
        this.#watchers += 1
        this.#update()
        return () => {
          this.#events.off('points', onPoints)
          this.#watchers -= 1
          this.#update()
        }
      },
    }
  }

  /** The processes of a running container. The snapshot is undefined until they have been listed. */
  watchProcesses(id: string): Watched<ProcessList | undefined, ProcessList> {
    return {
      snapshot: () => this.#processes.get(id),
      subscribe: (listener) => {
        const onProcesses = (of: string, list: ProcessList) => {
          if (of === id) listener(list)
        }
        this.#events.on('processes', onProcesses)
        this.#processWatchers.set(id, (this.#processWatchers.get(id) ?? 0) + 1)
        this.#update()
        return () => {
          this.#events.off('processes', onProcesses)
          const count = (this.#processWatchers.get(id) ?? 0) - 1
          if (count > 0) this.#processWatchers.set(id, count)
          else {
            this.#processWatchers.delete(id)
            this.#processes.delete(id)
          }
          this.#update()
        }
      },
    }
  }

  /**
   * Sends a signal to a process of a container. The machine's program checks that the id still belongs to the same
   * process of the same container.
   * @throws BerthError container.not-found, container.process-gone, container.signal-failed; machine.connection-lost,
   * machine.not-running
   */
  async signal({ id, pid, start }: ProcessIdentity, signal: ProcessSignal): Promise<void> {
    const container = this.#options.state.containers.get(id)
    if (container === undefined) throw new BerthError('container.not-found', { container: id })
    const number = signal === 'KILL' ? 9 : 15
    const command = [guestProgram, 'signal', container.id, pid, start, number].join(' ')
    const { code, stderr } = await this.#options.link.exec(command)
    if (code === containerStats.gone) throw new BerthError('container.process-gone', { pid })
    if (code !== 0)
      throw new BerthError(
        'container.signal-failed',
        { pid },
        { detail: stderr || `exit code ${String(code)}` },
      )
  }

  /** Stops measuring, until something changes. */
  close(): void {
    clearTimeout(this.#restart)
    this.#restart = undefined
    this.#stop()
  }

  #snapshot(id: string | undefined): StatsEvent {
    const now = Date.now()
    const ids = id === undefined ? [...this.#history.ids] : [id]
    const since = now - (id === undefined ? listHistoryMs : historyMs)
    return { type: 'history', containers: ids.flatMap((each) => this.#history.since(since, each) ?? []) }
  }

  /** Starts, changes or stops the meter, as the containers and the watchers need it. */
  #update(): void {
    const { state } = this.#options
    // The next start of the machine may use another guest image.
    if (!state.isOnline) this.#chosen = 0
    else this.#history.keep((id) => state.containers.has(id), Date.now())
    const isShown = this.#watchers > 0 || this.#processWatchers.size > 0
    const isNeeded =
      (isShown || this.#windows > 0) && state.isOnline && [...state.containers.values()].some(isRunning)
    if (!isNeeded) {
      this.#failures = 0
      this.close()
    } else if (this.#run !== undefined) this.#run.meter?.apply(this.#task(isShown))
    else if (this.#restart === undefined) void this.#start()
  }

  #task(isShown: boolean) {
    const measured = [...this.#options.state.containers.values()].filter(
      (container) => isActive(container) && container.pid > 0,
    )
    return {
      containers: new Map(measured.map(({ id, pid }) => [id, pid])),
      processesOf: new Set(this.#processWatchers.keys()),
      interval: isShown ? measuringPace.shown : measuringPace.open,
    }
  }

  async #start(): Promise<void> {
    const run: { meter: Meter | undefined; closed: boolean } = { meter: undefined, closed: false }
    this.#run = run
    const startMeter = this.#meters[this.#chosen]
    let hasMeasured = false
    const onEnd = () => {
      if (run.closed) return
      if (!hasMeasured && this.#chosen + 1 < this.#meters.length) this.#chosen += 1
      this.#startLater()
    }
    try {
      const meter = await startMeter?.({
        onSample: (sample) => {
          hasMeasured = true
          if (!run.closed) this.#take(sample, run.meter)
        },
        onEnd,
      })
      if (meter === undefined) return
      if (run.closed) {
        meter.close()
        return
      }
      run.meter = meter
      this.#update()
    } catch (error) {
      this.#options.log.info({ reason: message(error) }, 'could not measure the containers')
      onEnd()
    }
  }

  #startLater(): void {
    this.#stop()
    this.#failures += 1
    clearTimeout(this.#restart)
    this.#restart = setTimeout(
      () => {
        this.#restart = undefined
        this.#update()
      },
      backoff(this.#failures - 1, { ...restartWait, random: Math.random() }),
    )
    this.#restart.unref()
  }

  #stop(): void {
    const run = this.#run
    this.#run = undefined
    this.#rates.reset()
    if (run === undefined) return
    run.closed = true
    run.meter?.close()
  }

  #take(sample: Sample, meter: Meter | undefined): void {
    this.#failures = 0
    const now = Date.now()
    const points = this.#rates.points(sample)
    for (const point of points) this.#history.add(now, point)
    if (points.length > 0) this.#events.emit('points', now, points)
    if (meter?.listsProcesses === false)
      for (const id of this.#processWatchers.keys()) this.#list(id, unsupported)
    for (const reading of sample.readings) {
      const list = this.#rates.processes(sample, reading, now)
      if (list === undefined) continue
      this.#list(reading.id, list)
    }
  }

  #list(id: string, list: ProcessList): void {
    this.#processes.set(id, list)
    this.#events.emit('processes', id, list)
  }
}

function isRunning({ state }: Container): boolean {
  return state === 'running'
}
