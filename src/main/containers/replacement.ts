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
import type { Logger } from '../host'
import type { Emits } from '../lib'
import type { Mounts } from '../mounts'
import type { PortForwarder, PortReservation } from '../ports'
import type { ChangeProgress } from './change-list'
import type { ContainerActions } from './container-actions'
import { untilItWorks } from './container-watch'
import { ignoringMissing } from './ignoring-missing'
import { type JournalEntry, parkedName, type ReplacementJournal } from './replacement-journal'

/** How many of the last lines of a failed container's log are shown with its error. */
const shownLines = 20
/** How far the clocks of the machine and of this computer may differ, in milliseconds. */
const clockDifferenceMs = 60_000

export interface ReplacementsOptions {
  engine: {
    readonly containers: Pick<
      Engine['containers'],
      'find' | 'get' | 'start' | 'stop' | 'remove' | 'list' | 'logs'
    >
    readonly recreation: Pick<Engine['recreation'], 'create' | 'rename' | 'setRestartPolicy' | 'lastState'>
    readonly volumes: Pick<Engine['volumes'], 'find' | 'remove'>
  }
  state: Pick<EngineState, 'containers' | 'refreshContainer'> & Emits<'change', [EngineChange]>
  ports: Pick<PortForwarder, 'reserve'>
  mounts: Pick<Mounts, 'beforeStart'>
  actions: Pick<ContainerActions, 'start'>
  journal: Pick<ReplacementJournal, 'entries' | 'put' | 'remove'>
  /** Called when a container has been replaced by one with another name. Never rejects. */
  renamed: (before: string, name: string) => Promise<void>
  log: Logger
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
}

/** What the recovery of an interrupted replacement has done. */
export interface Recovered {
  name: string
  containerId: string
  outcome: 'restored' | 'completed'
}

/** Replaces a container by a changed copy. If the copy does not work, the old container comes back. */
export class Replacements {
  readonly #options: ReplacementsOptions
  /** The ids of the old containers whose replacement is in progress in this process. */
  readonly #active = new Set<string>()

  constructor(options: ReplacementsOptions) {
    this.#options = options
  }

  /**
   * Creates the new container under the old one's name, stops the old one, starts the new one, and removes the old one
   * when the new one works. The new container is created while the old one still runs, so that settings that the
   * engine refuses interrupt nothing.
   * @throws BerthError container.changing, container.removed-on-stop, container.name-taken, container.ended-early,
   * container.unhealthy; container.not-restored if the way back failed too; the errors of `PortForwarder.reserve`,
   * `Mounts.beforeStart`, `Recreation.create` and `Containers.start`; the signal's reason after a cancel
   */
  async replace(replacement: Replacement, progress: ChangeProgress): Promise<{ id: string }> {
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
        recovered.push(...(await this.#recover(entry)))
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

  async #replace({ old, body, spec, name }: Replacement, progress: ChangeProgress): Promise<{ id: string }> {
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
    const newVolumes = await this.#missingVolumes(spec)
    const reservation = await ports.reserve(wasRunning ? fixedPorts(spec) : [], old.id)
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
        await engine.recreation.rename(old.id, entry.parkedName)
        try {
          const created = await engine.recreation.create(body, { name, platform: spec.platform })
          entry = { ...entry, newId: created.id }
        } catch (error) {
          // Another program may have created a container of this name. The way back must not remove it.
          if (isRefusal(error)) entry = { ...entry, newIsGone: true }
          throw error
        }
        await journal.put(entry)
        return entry.newId ?? ''
      })
      signal.throwIfAborted()
      if (wasRunning) {
        await progress.step('stop', async () => {
          await this.#takeRestartPolicy(entry)
          await engine.containers.stop(old.id)
        })
        signal.throwIfAborted()
        await progress.step('start', () => this.#start(old.id, id, reservation))
        await progress.step('watch', () => this.#watch(id, signal))
      } else {
        await this.#takeRestartPolicy(entry)
        await state.refreshContainer(id)
      }
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
      .step('finish', () => this.#removeOld(old.id))
      .catch((error: unknown) => {
        // The new container works. The next connection to the engine removes the old one.
        this.#options.log.warn({ err: error, container: old.id }, 'could not remove a replaced container')
      })
    return { id: entry.newId ?? '' }
  }

  /** Otherwise the engine would start the old container at the machine's next boot, beside the new one. */
  async #takeRestartPolicy({ oldId, restartPolicy }: JournalEntry): Promise<void> {
    if (restartPolicy !== undefined)
      await this.#options.engine.recreation.setRestartPolicy(oldId, { Name: 'no' })
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
      throw error instanceof BerthError ? await this.#withLastWords(id, error) : error
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
    try {
      await progress.step('restore', () => this.#restore(entry))
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

  /**
   * Removes the new container, gives the old container its name and its state back, and removes the new volumes.
   * @throws BerthError container.not-found if the old container no longer exists. The new container then stays.
   */
  async #restore(entry: JournalEntry): Promise<void> {
    const { engine, journal } = this.#options
    const { oldId, name } = entry
    const old = await engine.containers.find(oldId)
    if (old === undefined) {
      await journal.remove(oldId)
      throw new BerthError('container.not-found', { container: name })
    }
    const newId = entry.newId ?? (await this.#unrecorded(entry))
    if (newId !== undefined && entry.newIsGone !== true)
      await ignoringMissing(() => engine.containers.remove(newId, { force: true, volumes: true }))
    const withoutNew = { ...entry, newIsGone: true }
    await this.#note(withoutNew)
    try {
      await this.#bringBack(entry, old)
    } catch (error) {
      // The next attempt must not remove volumes that the user creates in the meantime.
      await this.#note({ ...withoutNew, newVolumes: await this.#removeVolumes(entry.newVolumes) })
      throw error
    }
    await this.#removeVolumes(entry.newVolumes)
    await journal.remove(oldId)
  }

  /** Does not fail, because the old container must come back even if the disk of this computer is full. */
  async #note(entry: JournalEntry): Promise<void> {
    const { journal, log } = this.#options
    await journal.put(entry).catch((error: unknown) => {
      log.warn({ err: error, container: entry.oldId }, 'could not write the journal of replacements')
    })
  }

  async #bringBack({ oldId, name, wasRunning, restartPolicy }: JournalEntry, old: Container): Promise<void> {
    const { engine, actions, state } = this.#options
    if (old.name !== name) await engine.recreation.rename(oldId, name)
    if (restartPolicy !== undefined) await engine.recreation.setRestartPolicy(oldId, restartPolicy)
    if (wasRunning && !isActive(old)) await actions.start(oldId)
    await state.refreshContainer(oldId)
  }

  /** Returns the volumes that still have to be removed. A volume that is in use belongs to its user from now on. */
  async #removeVolumes(names: readonly string[]): Promise<string[]> {
    const { engine, log } = this.#options
    const left: string[] = []
    for (const volume of names)
      try {
        await ignoringMissing(() => engine.volumes.remove(volume))
      } catch (error) {
        log.warn({ err: error, volume }, 'could not remove the volume of a failed change')
        if (!(error instanceof BerthError && error.code === 'volume.in-use')) left.push(volume)
      }
    return left
  }

  /**
   * The new container, if Berth ended after its creation and before the record of its id. It has never started.
   * Another program may have created a container of the same name, so its image and age have to fit.
   */
  async #unrecorded(entry: JournalEntry): Promise<string | undefined> {
    if (entry.newIsGone === true) return undefined
    const found = await this.#options.engine.containers.find(entry.newName)
    const isNew =
      found?.name === entry.newName &&
      found.id !== entry.oldId &&
      found.state === 'created' &&
      found.image === entry.image &&
      found.createdAt >= entry.startedAt - clockDifferenceMs
    return isNew ? found.id : undefined
  }

  async #recover(entry: JournalEntry): Promise<Recovered[]> {
    if (entry.phase === 'replaced') return this.#complete(entry)
    const { oldId, name } = entry
    const old = await this.#options.engine.containers.find(oldId)
    if (old === undefined) {
      await this.#options.journal.remove(oldId)
      return []
    }
    await this.#restore(entry)
    return [{ name, containerId: oldId, outcome: 'restored' }]
  }

  /** Removes the old container, unless the user has taken it into use again in place of the new one. */
  async #complete(entry: JournalEntry): Promise<Recovered[]> {
    const { engine, journal, renamed } = this.#options
    const { oldId, newId = '', name, newName, parkedName, restartPolicy } = entry
    const old = await engine.containers.find(oldId)
    const isParked = old?.name === parkedName && !isActive(old)
    const newExists = newId !== '' && (await engine.containers.find(newId)) !== undefined
    if (!isParked && !newExists) {
      if (old !== undefined && restartPolicy !== undefined)
        await engine.recreation.setRestartPolicy(oldId, restartPolicy)
      await journal.remove(oldId)
      return []
    }
    if (newExists && name !== newName) await renamed(name, newName)
    await this.#removeOld(oldId)
    return [{ name: newName, containerId: newId, outcome: 'completed' }]
  }

  /** Keeps the old container's anonymous volumes, because the new container uses them. */
  async #removeOld(oldId: string): Promise<void> {
    const { engine, journal } = this.#options
    await ignoringMissing(() => engine.containers.remove(oldId, { force: true, volumes: false }))
    await journal.remove(oldId)
  }

  async #missingVolumes({ volumes: mounts }: ContainerSpec): Promise<string[]> {
    const { volumes } = this.#options.engine
    const names = [...new Set(mounts.map(({ volume }) => volume))].filter((name) => name !== '')
    const found = await Promise.all(names.map((name) => volumes.find(name)))
    return names.filter((_, index) => found[index] === undefined)
  }
}

/** Nothing if the engine never starts the container by itself. */
function restartPolicyOf({ body }: Recreatable): Pick<JournalEntry, 'restartPolicy'> {
  const policy = body.HostConfig.RestartPolicy
  return policy === undefined || ['', 'no'].includes(policy.Name) ? {} : { restartPolicy: policy }
}

/** The ports whose numbers are known before the start. */
function fixedPorts({ ports, networks }: ContainerSpec): ContainerSpec['ports'] {
  const publishesNothing = networks.some(({ network }) => network === 'host' || network === 'none')
  return publishesNothing ? [] : ports.filter(({ hostPort }) => hostPort !== 0)
}
