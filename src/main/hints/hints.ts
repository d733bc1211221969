import { EventEmitter } from 'node:events'
import { composeLabels } from '../../shared/compose'
import { endsByContainer, healthByContainer } from '../../shared/container-events'
import { type Container, isActive } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { Dismissal, Hint, HintList, HintRule, MendableRule } from '../../shared/hints'
import { tagOwners } from '../../shared/outdated'
import { unparkedName } from '../../shared/parked-names'
import type { PortForward } from '../../shared/ports'
import { isSwarmTask } from '../../shared/swarm'
import type { Engine, EngineState, EventLog } from '../engine'
import type { BerthPaths } from '../host'
import type { Emits } from '../lib'
import type { LanPorts, PortForwarder } from '../ports'
import type { Watched } from '../stats'
import { ContainerFacts, type ContainerFactsOptions } from './container-facts'
import { DismissedHints } from './dismissed-hints'
import { Interruptions } from './interruptions'
import { findingsOf } from './rules'
import { loopEnds, loopMs } from './rules/restarts'
import type { Subject, Surroundings } from './subject'

export interface HintsOptions extends ContainerFactsOptions {
  paths: Pick<BerthPaths, 'home' | 'machine'>
  engine: ContainerFactsOptions['engine'] & {
    readonly containers: Pick<Engine['containers'], 'stop'>
    readonly recreation: Pick<Engine['recreation'], 'setRestartPolicy'>
  }
  state: ContainerFactsOptions['state'] & Pick<EngineState, 'images' | 'networks' | 'refreshContainer'>
  events: ContainerFactsOptions['events'] & Pick<EventLog, 'list'>
  ports: Pick<PortForwarder, 'forwards'> & Emits<'change', [PortForward[]]>
  lanPorts: Pick<LanPorts, 'set'>
}

/**
 * Finds what could hurt the user later in the setup of containers: see decision 089. Applies the rules only while
 * somebody looks.
 */
export class Hints {
  readonly #options: HintsOptions
  readonly #events = new EventEmitter<{ change: [] }>()
  readonly #dismissed: DismissedHints
  readonly #interruptions: Interruptions
  readonly #facts: ContainerFacts
  #hints: Hint[] | undefined
  #isJudging = false
  #loopTimer: NodeJS.Timeout | undefined

  constructor(options: HintsOptions) {
    const { paths, log, state, events, ports } = options
    this.#options = options
    this.#events.setMaxListeners(0)
    this.#dismissed = new DismissedHints({ home: paths.home, log, state })
    this.#interruptions = new Interruptions({ paths, log, state })
    this.#facts = new ContainerFacts(options)
    for (const known of [this.#dismissed, this.#interruptions, this.#facts])
      known.on('change', () => {
        this.#judgeSoon()
      })
    events.on('event', ({ kind, action }) => {
      if (kind === 'container' && (action === 'die' || action === 'oom')) this.#judgeSoon()
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
        // The last hints may be from before the last look.
        if (this.#hints !== undefined) this.#judge()
        const leave = this.#facts.look(id)
        return () => {
          this.#events.off('change', onChange)
          leave()
          if (!this.#isWatched) clearTimeout(this.#loopTimer)
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
    const { engine, state } = this.#options
    await this.#readAgain(id)
    const hint = this.#hints?.find((one) => one.id === id && one.finding.rule === rule)
    if (hint?.finding.rule === 'restart-policy') {
      // The next `compose up` would take the policy back.
      if (hint.project !== null) throw new BerthError('hint.compose', { container: hint.container })
      await engine.recreation.setRestartPolicy(id, { Name: 'unless-stopped' })
    } else if (hint?.finding.rule === 'restart-loop') {
      // The engine keeps the restart policy, and does not apply it to a container that somebody has stopped.
      await engine.containers.stop(id)
      await state.refreshContainer(id)
    } else if (hint?.finding.rule === 'network-switch') await this.#closePorts(hint.finding.ports)
    else throw new BerthError('hint.gone')
    await this.#readAgain(id)
  }

  /** Stops measuring, and waits for the files that are being written. */
  async close(): Promise<void> {
    clearTimeout(this.#loopTimer)
    this.#facts.close()
    await this.#interruptions.settled()
  }

  async #closePorts(ports: readonly PortForward['binding'][]): Promise<void> {
    for (const { hostPort: port, protocol } of ports)
      if (protocol !== 'sctp') await this.#options.lanPorts.set({ port, protocol }, false)
  }

  get #isWatched(): boolean {
    return this.#events.listenerCount('change') > 0
  }

  async #readAgain(id: string): Promise<void> {
    await this.#facts.readAgain(id)
    this.#judge()
  }

  /** Applies the rules soon, once for all changes of this moment. */
  #judgeSoon(): void {
    if (this.#isJudging || !this.#isWatched) return
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
    const project = labels[composeLabels.project] ?? null
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
      const known = this.#facts.of(id)
      if (known === undefined || !hasHints(container)) return []
      return [
        {
          container,
          ...known,
          forwards: forwards.get(id) ?? [],
          ends: ends.get(id) ?? [],
          healthEvents: health.get(id),
          ranAtEnd: this.#interruptions.has(container),
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
          const memory = this.#facts.of(id)?.setup.memory ?? null
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
    if (times.length === 0 || !this.#isWatched) return
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
  const isOneOff = labels[composeLabels.oneOff] === 'True'
  return !isSwarmTask(container) && !isOneOff && unparkedName(name) === name
}
