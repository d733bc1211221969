import { EventEmitter } from 'node:events'
import { composeLabels } from '../../shared/compose'
import { endsByContainer, healthByContainer } from '../../shared/container-events'
import { type Container, isActive } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { ReportedEvent } from '../../shared/events'
import type { Dismissal, Hint, HintList, HintRule, MendableRule } from '../../shared/hints'
import { tagOwners } from '../../shared/outdated'
import { unparkedName } from '../../shared/parked-names'
import type { NetworkPort, PortForward } from '../../shared/ports'
import { isSwarmTask } from '../../shared/swarm'
import type { StatsEvent } from '../../shared/stats'
import type { ContainerSetup, Engine, EngineChange, EngineState, EventLog } from '../engine'
import type { BerthPaths, Logger } from '../host'
import type { Emits } from '../lib'
import type { LanPorts, PortForwarder } from '../ports'
import type { SshLink } from '../ssh'
import type { Watched } from '../stats'
import { DismissedHints } from './dismissed-hints'
import { Interruptions } from './interruptions'
import { measureLayer } from './layer-size'
import { logSizes } from './log-sizes'
import { findingsOf } from './rules'
import { isHighUse } from './rules/memory'
import { loopEnds, loopMs } from './rules/restarts'
import { growsForever } from './rules/storage'
import type { LayerData, Subject, Surroundings } from './subject'

export interface HintsOptions {
  paths: Pick<BerthPaths, 'home' | 'machine'>
  log: Logger
  link: Pick<SshLink, 'exec'>
  engine: {
    readonly containers: Pick<Engine['containers'], 'setup' | 'storage'>
    readonly recreation: Pick<Engine['recreation'], 'setRestartPolicy'>
  }
  state: Pick<EngineState, 'containers' | 'images' | 'networks' | 'snapshot'> &
    Emits<'change', [EngineChange]>
  events: Pick<EventLog, 'list'> & Emits<'event', [ReportedEvent]>
  ports: Pick<PortForwarder, 'forwards'> & Emits<'change', [PortForward[]]>
  lanPorts: Pick<LanPorts, 'set'>
  /** What every container uses. */
  uses: () => Watched<StatsEvent>
}

/**
 * Finds what could hurt the user later in the setup of containers: see decision 089. Reads and measures only while
 * somebody looks. It never looks at a container again without an event, except for the size of a log, which it measures
 * when somebody begins to look.
 */
export class Hints {
  readonly #options: HintsOptions
  readonly #events = new EventEmitter<{ change: [] }>()
  readonly #dismissed: DismissedHints
  readonly #interruptions: Interruptions
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
  #hints: Hint[] | undefined
  /** The run that reads what is stale. `#again`: something has become stale during it. */
  #reading: Promise<void> | undefined
  #again = false
  #isJudging = false
  #loopTimer: NodeJS.Timeout | undefined

  constructor(options: HintsOptions) {
    const { paths, log, state, events, ports } = options
    this.#options = options
    this.#events.setMaxListeners(0)
    this.#dismissed = new DismissedHints({ home: paths.home, log, state })
    this.#interruptions = new Interruptions({ paths, log, state })
    for (const known of [this.#dismissed, this.#interruptions])
      known.on('change', () => {
        this.#judgeSoon()
      })
    state.on('change', (change) => {
      this.#follow(change)
    })
    events.on('event', ({ kind, action, id }) => {
      if (kind !== 'container') return
      // An update does not change what the engine state has of the container.
      if (action === 'update') {
        this.#stale.add(id)
        this.#update()
      } else if (action === 'die' || action === 'oom') this.#judgeSoon()
    })
    ports.on('change', () => {
      this.#judgeSoon()
    })
  }

  /** The hints of every container. With `id`: those of this one, whose layer Berth then measures too. */
  watch(id?: string): Watched<HintList | undefined, HintList> {
    const list = (): HintList | undefined =>
      this.#hints && { hints: this.#hints.filter((hint) => id === undefined || hint.id === id) }
    return {
      snapshot: list,
      subscribe: (listener) => {
        const onChange = () => {
          const hints = list()
          if (hints !== undefined) listener(hints)
        }
        this.#events.on('change', onChange)
        this.#begin(id)
        return () => {
          this.#events.off('change', onChange)
          this.#end(id)
        }
      },
    }
  }

  /**
   * Dismisses a rule for the containers of a name, or shows it again.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  dismiss(dismissal: Dismissal, dismissed: boolean): Promise<void> {
    return this.#dismissed.set(dismissal, dismissed)
  }

  /**
   * Makes the change that ends the cause of a hint. When this resolves, the hint is gone.
   * @throws BerthError hint.gone, hint.compose; container.not-found, engine.error; as `LanPorts.set`
   */
  async mend(id: string, rule: MendableRule): Promise<void> {
    await this.#readAgain(id)
    const hint = this.#hints?.find((one) => one.id === id && one.finding.rule === rule)
    if (hint?.finding.rule === 'restart-policy') {
      // The next `compose up` would take the policy back.
      if (hint.project !== null) throw new BerthError('hint.compose', { container: hint.container })
      await this.#options.engine.recreation.setRestartPolicy(id, { Name: 'unless-stopped' })
    } else if (hint?.finding.rule === 'network-switch') await this.#closePorts(hint.finding.ports)
    else throw new BerthError('hint.gone')
    await this.#readAgain(id)
  }

  /** Stops measuring, and waits for the files that are being written. */
  async close(): Promise<void> {
    clearTimeout(this.#loopTimer)
    this.#leaveStats?.()
    this.#leaveStats = undefined
    await this.#interruptions.settled()
  }

  async #closePorts(ports: readonly PortForward['binding'][]): Promise<void> {
    for (const { hostPort: port, protocol } of ports)
      if (protocol !== 'sctp')
        await this.#options.lanPorts.set({ port, protocol } satisfies NetworkPort, false)
  }

  #begin(id: string | undefined): void {
    this.#watchers += 1
    if (id !== undefined) this.#pages.set(id, (this.#pages.get(id) ?? 0) + 1)
    this.#leaveStats ??= this.#options.uses().subscribe((event) => {
      this.#takeUses(event)
    })
    this.#logsAreOld = true
    // The last hints may be from before the last look.
    if (this.#hints !== undefined) this.#judge()
    this.#update()
  }

  #end(id: string | undefined): void {
    this.#watchers -= 1
    if (id !== undefined) {
      const count = (this.#pages.get(id) ?? 0) - 1
      if (count > 0) this.#pages.set(id, count)
      else this.#pages.delete(id)
    }
    if (this.#watchers > 0) return
    this.#leaveStats?.()
    this.#leaveStats = undefined
    clearTimeout(this.#loopTimer)
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
    if (changed) this.#judgeSoon()
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
          this.#judge()
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

  /** Reads one container for an action of the user, which may wake the machine. */
  async #readAgain(id: string): Promise<void> {
    this.#setSetup(id, await this.#options.engine.containers.setup(id, { background: false }))
    this.#judge()
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
      this.#judgeSoon()
      // The container may have ended or started again meanwhile.
      if (this.#pages.has(id)) void this.#measureLayer(id)
    } catch (error) {
      this.#measuring.delete(id)
      this.#layers.delete(id)
      log.info({ reason: String(error) }, 'could not measure the layer of a container')
    }
  }

  /** Applies the rules soon, once for all changes of this moment. */
  #judgeSoon(): void {
    if (this.#isJudging || this.#watchers === 0) return
    this.#isJudging = true
    setImmediate(() => {
      this.#isJudging = false
      this.#judge()
    })
  }

  #judge(): void {
    const around = this.#surroundings()
    if (around === undefined) return
    const subjects = this.#subjects()
    const hints = subjects.flatMap((subject) => this.#hintsOf(subject, around))
    this.#judgeWhenLoopsEnd(subjects, around.now)
    if (JSON.stringify(hints) === JSON.stringify(this.#hints)) return
    this.#hints = hints
    this.#events.emit('change')
  }

  #hintsOf(subject: Subject, around: Surroundings): Hint[] {
    const { id, name: container, labels } = subject.container
    const project = new Map(Object.entries(labels)).get(composeLabels.project) ?? null
    const isDismissed = (rule: HintRule) => this.#dismissed.has({ container, rule })
    return findingsOf(subject, around).map((finding) => ({
      id,
      container,
      project,
      dismissed: isDismissed(finding.rule),
      finding,
    }))
  }

  #subjects(): Subject[] {
    const { state, events, ports } = this.#options
    const reported = events.list({ exec: false })
    const [ends, health] = [endsByContainer(reported), healthByContainer(reported)]
    const forwards = new Map<string | undefined, PortForward[]>()
    for (const forward of ports.forwards) {
      const others = forwards.get(forward.containerId)
      if (others === undefined) forwards.set(forward.containerId, [forward])
      else others.push(forward)
    }
    return [...state.containers.values()].flatMap((container): Subject[] => {
      const { id } = container
      const known = this.#setups.get(id)
      if (known === undefined || !hasHints(container)) return []
      return [
        {
          container,
          ...known,
          forwards: forwards.get(id) ?? [],
          highUse: this.#highUses.get(id),
          ends: ends.get(id) ?? [],
          healthEvents: health.get(id),
          ranAtEnd: this.#interruptions.has(container),
          layer: this.#layers.get(id)?.data,
          logSize: this.#logSizes.get(id),
        },
      ]
    })
  }

  /** Undefined while the engine cannot be reached. */
  #surroundings(): Surroundings | undefined {
    const { state } = this.#options
    const snapshot = state.snapshot()
    if (snapshot === undefined) return undefined
    const running = [...state.containers.values()].filter(isActive)
    return {
      now: Date.now(),
      // The engine makes this network again at each start.
      engineStartedAt: snapshot.networks.find(({ name }) => name === 'bridge')?.createdAt,
      memory: snapshot.engine.memory,
      images: state.images,
      tagOwners: tagOwners(snapshot.images),
      memoryLimits: new Map(
        running.flatMap(({ id }): [string, number][] => {
          const memory = this.#setups.get(id)?.setup.memory ?? null
          return memory === null ? [] : [[id, memory]]
        }),
      ),
    }
  }

  /** A loop that has ended causes no event, so the rules are applied again when its last ends no longer count. */
  #judgeWhenLoopsEnd(subjects: readonly Subject[], now: number): void {
    clearTimeout(this.#loopTimer)
    const times = subjects.flatMap(({ ends }) => {
      const time = ends.at(-loopEnds)?.time
      return time === undefined || time + loopMs <= now ? [] : [time + loopMs]
    })
    if (times.length === 0 || this.#watchers === 0) return
    this.#loopTimer = setTimeout(
      () => {
        this.#judge()
      },
      Math.min(...times) - now,
    )
    this.#loopTimer.unref()
  }
}

/** A swarm manages its containers itself. Compose removes those of `compose run`, and an edit its old container. */
function hasHints(container: Container): boolean {
  const { name, labels } = container
  const isOneOff = new Map(Object.entries(labels)).get(composeLabels.oneOff) === 'True'
  return !isSwarmTask(container) && !isOneOff && unparkedName(name) === name
}
