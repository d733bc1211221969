import { EventEmitter } from 'node:events'
import { isActive } from '../../shared/containers'
import type { ReportedEvent } from '../../shared/events'
import type { StatsEvent } from '../../shared/stats'
import type { ContainerSetup, Engine, EngineChange, EngineState } from '../engine'
import { type LayerData, measureLayer } from '../files'
import type { Logger } from '../host'
import type { Emits } from '../lib'
import type { SshLink } from '../ssh'
import type { Watched } from '../stats'
import { logSizes } from './log-sizes'
import { isHighUse } from './rules/memory'
import { growsForever } from './rules/storage'
import type { Subject } from './subject'

export interface ContainerFactsOptions {
  log: Logger
  link: Pick<SshLink, 'exec'>
  engine: { readonly containers: Pick<Engine['containers'], 'setup' | 'storage'> }
  state: Pick<EngineState, 'containers' | 'snapshot'> & Emits<'change', [EngineChange]>
  events: Emits<'event', [ReportedEvent]>
  /** What every container uses. */
  uses: () => Watched<StatsEvent>
}

/** The facts about a container that the engine's state and its events do not have. */
type ReadFacts = Pick<Subject, 'setup' | 'readAt' | 'highUse' | 'layer' | 'logSize'>

/**
 * Reads the setups of containers and measures what the containers have written, while somebody looks. It never looks at
 * a container again without an event, except for the size of a log, which it measures when somebody begins to look.
 * `change` is emitted after each run of reads, and after each measurement that may matter.
 */
export class ContainerFacts extends EventEmitter<{ change: [] }> {
  readonly #options: ContainerFactsOptions
  readonly #setups = new Map<string, { setup: ContainerSetup; readAt: number }>()
  /** The containers whose setup may have changed since it was read. */
  readonly #stale = new Set<string>()
  readonly #logSizes = new Map<string, number>()
  /** What each watched container has written, and the run of the container in which it was measured. */
  readonly #layers = new Map<string, { run: string; data: LayerData | undefined }>()
  /** Bytes, by the ids of the containers that use most of the machine's memory. */
  readonly #highUses = new Map<string, number>()
  /** The containers whose layer is being measured. */
  readonly #measuring = new Set<string>()
  /** The number of watchers of each single container. */
  readonly #pages = new Map<string, number>()
  #watchers = 0
  #leaveStats: (() => void) | undefined
  #logsAreOld = false
  /** The run that reads what is stale. `#again`: something has become stale during it. */
  #reading: Promise<void> | undefined
  #again = false

  constructor(options: ContainerFactsOptions) {
    super()
    this.#options = options
    options.state.on('change', (change) => {
      this.#follow(change)
    })
    options.events.on('event', ({ kind, action, id }) => {
      // An update does not change what the engine state has of the container.
      if (kind !== 'container' || action !== 'update') return
      this.#stale.add(id)
      this.#update()
    })
  }

  /** Undefined until the container's setup has been read. */
  of(id: string): ReadFacts | undefined {
    const known = this.#setups.get(id)
    return (
      known && {
        ...known,
        highUse: this.#highUses.get(id),
        layer: this.#layers.get(id)?.data,
        logSize: this.#logSizes.get(id),
      }
    )
  }

  /**
   * Reads and measures until the caller calls the returned function. With `id`: also measures the layer of this
   * container.
   */
  look(id: string | undefined): () => void {
    this.#watchers += 1
    if (id !== undefined) this.#pages.set(id, (this.#pages.get(id) ?? 0) + 1)
    this.#leaveStats ??= this.#options.uses().subscribe((event) => {
      this.#takeUses(event)
    })
    this.#logsAreOld = true
    this.#update()
    return () => {
      this.#endLook(id)
    }
  }

  /** Reads one container for an action of the user, which may wake the machine. */
  async readAgain(id: string): Promise<void> {
    this.#setSetup(id, await this.#options.engine.containers.setup(id, { background: false }))
  }

  /** Stops measuring. */
  close(): void {
    this.#leaveStats?.()
    this.#leaveStats = undefined
  }

  #endLook(id: string | undefined): void {
    this.#watchers -= 1
    if (id !== undefined) {
      const count = (this.#pages.get(id) ?? 0) - 1
      if (count > 0) this.#pages.set(id, count)
      else this.#pages.delete(id)
    }
    if (this.#watchers > 0) return
    this.close()
    this.#highUses.clear()
  }

  #follow(change: EngineChange): void {
    if (change.type === 'offline') return
    if (change.type === 'snapshot') {
      const { containers } = this.#options.state
      // Some may have been removed while Berth had no engine.
      for (const id of [...this.#setups.keys(), ...this.#stale]) if (!containers.has(id)) this.#forget(id)
      for (const id of this.#setups.keys()) this.#stale.add(id)
      this.#highUses.clear()
    } else if (change.type === 'container') {
      this.#stale.add(change.container.id)
      if (!isActive(change.container)) this.#highUses.delete(change.container.id)
    } else if (change.type === 'container-removed') this.#forget(change.id)
    this.#update()
  }

  #forget(id: string): void {
    for (const known of [this.#setups, this.#layers, this.#logSizes, this.#highUses, this.#stale])
      known.delete(id)
  }

  /** Keeps only high uses: a hint needs no other. */
  #takeUses(event: StatsEvent): void {
    const { state } = this.#options
    const machine = state.snapshot()?.engine.memory ?? 0
    if (event.type === 'history') return
    let changed = false
    for (const { id, memory } of event.points) {
      const before = this.#highUses.has(id)
      const container = state.containers.get(id)
      // The measurement of a container may come after its end.
      const high = container !== undefined && isActive(container) && isHighUse(memory, { machine, before })
      if (high) this.#highUses.set(id, memory)
      else this.#highUses.delete(id)
      changed ||= high !== before
    }
    if (changed) this.emit('change')
  }

  #update(): void {
    if (this.#watchers > 0) void this.#read()
  }

  /** Reads everything that is stale. Calls during a run join it, and make it look again. Never rejects. */
  #read(): Promise<void> {
    this.#again = true
    this.#reading ??= (async () => {
      try {
        while (this.#again) {
          this.#again = false
          await this.#readStale()
          this.emit('change')
        }
      } catch (error) {
        this.#options.log.info({ reason: String(error) }, 'could not read the setup of the containers')
      } finally {
        this.#reading = undefined
      }
    })()
    return this.#reading
  }

  async #readStale(): Promise<void> {
    const { engine, state, log } = this.#options
    if (state.snapshot() === undefined) return
    const wanted = [...state.containers.keys()].filter((id) => this.#stale.has(id) || !this.#setups.has(id))
    for (const id of wanted) this.#stale.delete(id)
    const failures: unknown[] = []
    await Promise.all(
      wanted.map(async (id) => {
        try {
          this.#setSetup(id, await engine.containers.setup(id, { background: true }))
        } catch (error) {
          this.#stale.add(id)
          failures.push(error)
        }
      }),
    )
    // A container that cannot be read must not hide the hints about the others.
    if (failures.length > 0)
      log.info(
        { reason: String(failures[0]), containers: failures.length },
        'could not read the setup of some containers',
      )
    if (this.#logsAreOld || wanted.some((id) => this.#hasNewLog(id))) await this.#measureLogs()
    for (const id of this.#pages.keys()) void this.#measureLayer(id)
  }

  #setSetup(id: string, setup: ContainerSetup | undefined): void {
    if (setup === undefined) this.#setups.delete(id)
    else this.#setups.set(id, { setup, readAt: Date.now() })
  }

  #hasNewLog(id: string): boolean {
    const known = this.#setups.get(id)
    return known !== undefined && growsForever(known.setup) && !this.#logSizes.has(id)
  }

  async #measureLogs(): Promise<void> {
    this.#logsAreOld = false
    const growing = [...this.#setups].filter(([, { setup }]) => growsForever(setup) && setup.log.path !== '')
    const paths = growing.map(([, { setup }]) => setup.log.path)
    const sizes = await this.#sizesOf(paths)
    if (sizes === undefined) return
    this.#logSizes.clear()
    for (const [id, { setup }] of growing) {
      const size = sizes.get(setup.log.path)
      if (size !== undefined) this.#logSizes.set(id, size)
    }
  }

  /** Undefined if the machine does not answer. */
  async #sizesOf(paths: readonly string[]): Promise<Map<string, number> | undefined> {
    try {
      return await logSizes(this.#options.link, paths)
    } catch (error) {
      this.#logsAreOld = true
      this.#options.log.info({ reason: String(error) }, 'could not measure the logs of the containers')
      return undefined
    }
  }

  /**
   * Measures what a watched container has written, once for each of its runs. A container that restarts in a loop has
   * many runs in the time of one measurement, so the next one waits for its end.
   */
  async #measureLayer(id: string): Promise<void> {
    const { engine, state, link, log } = this.#options
    const container = state.containers.get(id)
    if (container === undefined || this.#measuring.has(id)) return
    const run = `${String(container.startedAt)} ${String(container.finishedAt)}`
    const before = this.#layers.get(id)
    if (before?.run === run) return
    this.#layers.set(id, { run, data: before?.data })
    this.#measuring.add(id)
    try {
      const { layers } = await engine.containers.storage(id)
      const data = layers && (await measureLayer(link, layers.upper))
      this.#measuring.delete(id)
      if (this.#layers.get(id)?.run === run) this.#layers.set(id, { run, data })
      this.emit('change')
      // The container may have ended or started again meanwhile.
      if (this.#pages.has(id)) void this.#measureLayer(id)
    } catch (error) {
      this.#measuring.delete(id)
      this.#layers.delete(id)
      log.info({ reason: String(error) }, 'could not measure the layer of a container')
    }
  }
}
