import type { AddressChange } from '../../shared/changes'
import { type Container, isActive } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { ContainerSpec } from '../../shared/run'
import {
  type CreateBody,
  type Engine,
  type EngineChange,
  type EngineState,
  isRefusal,
  type Recreatable,
} from '../engine'
import type { Emits } from '../lib'
import type { Mounts } from '../mounts'
import type { PortForwarder, PortReservation } from '../ports'
import type { ChangeProgress } from './change-progress'
import { untilItWorks } from './container-watch'
import { lostAddresses, withSameMacs } from './kept-addresses'
import { type JournalEntry, parkedName, type ReplacementJournal } from './replacement-journal'
import { type Recovered, ReplacementRecovery, type ReplacementRecoveryOptions } from './replacement-recovery'
import { volumesToCreate } from './undo'

/** How many of the last lines of a failed container's log are shown with its error. */
const shownLines = 20

export interface ReplacementsOptions extends ReplacementRecoveryOptions {
  engine: ReplacementRecoveryOptions['engine'] & {
    readonly containers: Pick<Engine['containers'], 'get' | 'start' | 'stop' | 'logs'>
    readonly recreation: Pick<Engine['recreation'], 'create' | 'lastState'>
    readonly volumes: Pick<Engine['volumes'], 'find'>
  }
  state: Pick<EngineState, 'containers' | 'networks' | 'isOnline' | 'refreshContainer'> &
    Emits<'change', [EngineChange]>
  ports: Pick<PortForwarder, 'reserve'>
  mounts: Pick<Mounts, 'beforeStart'>
  journal: Pick<ReplacementJournal, 'entries' | 'put' | 'remove'>
  /** See `untilItWorks`. */
  settleMs?: number
}

export interface Replacement {
  old: Recreatable
  body: CreateBody
  /** The settings of the new container. */
  spec: ContainerSpec
  /** The name of the new container. */
  name: string
  /** Fills a new volume from the old container. The old container has stopped, and the new one has not started. */
  fill?: Fill
}

export interface Fill {
  volume: string
  copy: () => Promise<void>
}

/** The new container, and the addresses that it could not keep. */
export interface Replaced {
  id: string
  addresses: AddressChange[]
}

/** Replaces a container by a changed copy. If the copy does not work, the old container comes back. */
export class Replacements {
  readonly #options: ReplacementsOptions
  readonly #recovery: ReplacementRecovery
  /** The ids of the old containers whose replacement is in progress in this process. */
  readonly #active = new Set<string>()

  constructor(options: ReplacementsOptions) {
    this.#options = options
    this.#recovery = new ReplacementRecovery(options)
  }

  /**
   * Creates the new container under the old one's name, stops the old one, starts the new one, and removes the old one
   * when the new one works. The new container is created while the old one still runs, so that settings that the
   * engine refuses interrupt nothing.
   * @throws BerthError container.changing, container.removed-on-stop, container.name-taken, container.ended-early,
   * container.unhealthy; with `fill`, volume.name-taken and container.used-meanwhile; container.not-restored if the way
   * back failed too; the errors of `PortForwarder.reserve`, `Mounts.beforeStart`, `Recreation.create`,
   * `Containers.start` and `Fill.copy`; the signal's reason after a cancel
   */
  async replace(replacement: Replacement, progress: ChangeProgress): Promise<Replaced> {
    const { old } = replacement
    if (this.#active.has(old.id)) throw new BerthError('container.changing', { container: old.name })
    this.#active.add(old.id)
    try {
      return await this.#replace(replacement, progress)
    } finally {
      this.#active.delete(old.id)
    }
  }

  /**
   * Completes the replacements that an earlier process, or a lost connection, has left unfinished. A failure is logged,
   * and its replacement stays in the journal for the next call.
   */
  async recover(): Promise<Recovered[]> {
    const recovered: Recovered[] = []
    for (const entry of await this.#options.journal.entries()) {
      if (this.#active.has(entry.oldId)) continue
      this.#active.add(entry.oldId)
      try {
        recovered.push(...(await this.#recovery.recover(entry)))
      } catch (error) {
        this.#options.log.error(
          { err: error, container: entry.oldId },
          'could not complete an interrupted replacement',
        )
      } finally {
        this.#active.delete(entry.oldId)
      }
    }
    return recovered
  }

  async #replace({ old, body, spec, name, fill }: Replacement, progress: ChangeProgress): Promise<Replaced> {
    const { engine, state, ports, mounts, journal, renamed } = this.#options
    const { signal } = progress
    const container = await engine.containers.get(old.id)
    const wasRunning = isActive(container)
    // The engine would remove the old container when it stops, so it could not come back.
    if (container.autoRemove && wasRunning)
      throw new BerthError('container.removed-on-stop', { container: old.name })
    if (name !== old.name && (await engine.containers.find(name)) !== undefined)
      throw new BerthError('container.name-taken', { name })
    if (wasRunning) await mounts.beforeStart(() => Promise.resolve(container.mounts))
    const newVolumes = await volumesToCreate(engine.volumes, spec)
    if (fill !== undefined && !newVolumes.includes(fill.volume))
      throw new BerthError('volume.name-taken', { volume: fill.volume })
    const reservation = await ports.reserve(wasRunning ? fixedPorts(spec) : [], old.id)
    let addresses: AddressChange[] = []
    let entry: JournalEntry = {
      oldId: old.id,
      name: old.name,
      parkedName: parkedName(old.name),
      newName: name,
      wasRunning,
      ...restartPolicyOf(old),
      startedAt: Date.now(),
      image: body.Image,
      newVolumes,
      phase: 'changing',
    }
    try {
      const id = await progress.step('create', async () => {
        await journal.put(entry)
        await engine.containers.rename(old.id, entry.parkedName)
        const created = await engine.recreation
          .create(withSameMacs(body, container, state.networks), { name, platform: spec.platform })
          .catch((error: unknown) => {
            // Another program may have created a container of this name. The way back must not remove it.
            if (isRefusal(error)) entry = { ...entry, newIsGone: true }
            throw error
          })
        entry = { ...entry, newId: created.id }
        await journal.put(entry)
        return created.id
      })
      signal.throwIfAborted()
      if (wasRunning) {
        await progress.step('stop', async () => {
          await this.#takeRestartPolicy(entry)
          await engine.containers.stop(old.id)
        })
        signal.throwIfAborted()
        if (fill !== undefined) await this.#fill(fill, { old, id, progress })
        signal.throwIfAborted()
        await progress.step('start', () => this.#start(old.id, id, reservation))
        await progress.step('watch', () => this.#watch(id, signal))
        const started = state.containers.get(id)
        if (started !== undefined) addresses = lostAddresses(container, started, spec)
      } else {
        await this.#takeRestartPolicy(entry)
        if (fill !== undefined) await this.#fill(fill, { old, id, progress })
        await state.refreshContainer(id)
      }
      signal.throwIfAborted()
      progress.commit()
      await journal.put({ ...entry, phase: 'replaced' })
    } catch (error) {
      await this.#settle(reservation)
      await this.#wayBack(entry, progress, error)
      throw error
    }
    await this.#settle(reservation)
    if (name !== old.name) await renamed(old.name, name)
    await progress
      .step('finish', () => this.#recovery.removeOld(entry))
      .catch((error: unknown) => {
        // The new container works. The next connection to the engine removes the old one.
        this.#options.log.warn({ err: error, container: old.id }, 'could not remove a replaced container')
      })
    return { id: entry.newId ?? '', addresses }
  }

  /** Otherwise the engine would start the old container at the machine's next boot, beside the new one. */
  async #takeRestartPolicy({ oldId, restartPolicy }: JournalEntry): Promise<void> {
    if (restartPolicy !== undefined)
      await this.#options.engine.recreation.setRestartPolicy(oldId, { Name: 'no' })
  }

  /** Another program must neither write to the old container during the copy, nor use the half-filled volume. */
  async #fill(
    { copy }: Fill,
    { old, id, progress }: { old: Recreatable; id: string; progress: ChangeProgress },
  ): Promise<void> {
    const { containers } = this.#options.engine
    await progress.step('copy', async () => {
      const before = await containers.get(old.id)
      if (isActive(before)) throw usedMeanwhile(old)
      await copy()
      const [after, created] = await Promise.all([containers.find(old.id), containers.find(id)])
      if (!isSameRun(before, after) || created?.state !== 'created') throw usedMeanwhile(old)
    })
  }

  async #settle(reservation: PortReservation): Promise<void> {
    try {
      await reservation.settle()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'could not end a reservation of ports')
    }
  }

  async #start(oldId: string, id: string, reservation: PortReservation): Promise<void> {
    const { engine, state } = this.#options
    await state.refreshContainer(oldId)
    reservation.handOver()
    await engine.containers.start(id)
    await state.refreshContainer(id)
    await reservation.settle()
  }

  async #watch(id: string, signal: AbortSignal): Promise<void> {
    const { state, settleMs } = this.#options
    try {
      await untilItWorks({ id, state, signal, ...(settleMs === undefined ? {} : { settleMs }) })
    } catch (error) {
      // The way back removes the new container together with its log, so the error carries the end of the log.
      throw error instanceof BerthError && state.isOnline ? await this.#withLastWords(id, error) : error
    }
  }

  /** Adds the exit code and the last output. If they cannot be read, returns the error as it is. */
  async #withLastWords(id: string, error: BerthError): Promise<BerthError> {
    const { engine, log } = this.#options
    try {
      const { exitCode, healthOutput } = await engine.recreation.lastState(id)
      const isIll = error.code === 'container.unhealthy'
      const detail = isIll ? healthOutput.trim() : await this.#lastLines(id)
      const params = isIll ? error.params : { ...error.params, code: exitCode }
      return new BerthError(error.code, params, { ...(detail === '' ? {} : { detail }), cause: error })
    } catch (failure) {
      log.info({ reason: String(failure), container: id }, 'could not read the end of a failed container')
      return error
    }
  }

  async #lastLines(id: string): Promise<string> {
    const lines: string[] = []
    const log = this.#options.engine.containers.logs(id, { tail: shownLines, follow: false })
    for await (const { entries } of log) lines.push(...entries.map(({ text }) => text))
    return lines.slice(-shownLines).join('\n')
  }

  /** @throws BerthError container.not-restored */
  async #wayBack(entry: JournalEntry, progress: ChangeProgress, reason: unknown): Promise<void> {
    const { state } = this.#options
    try {
      await progress.step('restore', async () => {
        // The machine may be stopping, and a way back that is cut in the middle helps nobody. `recover` does it later.
        if (!state.isOnline) throw BerthError.from(reason)
        await this.#recovery.restore(entry)
      })
      progress.restored()
    } catch (error) {
      this.#options.log.error({ err: error, container: entry.oldId }, 'could not put a container back')
      const { message } = BerthError.from(error)
      throw new BerthError(
        'container.not-restored',
        { container: entry.name, reason: message },
        { detail: BerthError.from(reason).message, cause: error },
      )
    }
  }
}

/** Nothing if the engine never starts the container by itself. */
function restartPolicyOf({ body }: Recreatable): Pick<JournalEntry, 'restartPolicy'> {
  const policy = body.HostConfig.RestartPolicy
  return policy === undefined || ['', 'no'].includes(policy.Name) ? {} : { restartPolicy: policy }
}

function usedMeanwhile({ name }: Recreatable): BerthError {
  return new BerthError('container.used-meanwhile', { container: name })
}

function isSameRun(before: Container, after: Container | undefined): boolean {
  return (
    before.state === after?.state &&
    before.startedAt === after.startedAt &&
    before.finishedAt === after.finishedAt
  )
}

/** The ports whose numbers are known before the start. */
function fixedPorts({ ports, networks }: ContainerSpec): ContainerSpec['ports'] {
  const publishesNothing = networks.some(({ network }) => network === 'host' || network === 'none')
  return publishesNothing ? [] : ports.filter(({ hostPort }) => hostPort !== 0)
}
