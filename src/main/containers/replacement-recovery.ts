import { type Container, isActive } from '../../shared/containers'
import { BerthError } from '../../shared/errors'
import type { Engine, EngineState } from '../engine'
import type { Logger } from '../host'
import type { ContainerActions } from './container-actions'
import type { JournalEntry, ReplacementJournal } from './replacement-journal'
import { ignoringMissing } from './undo'

/** How far the clocks of the machine and of this computer may differ, in milliseconds. */
const clockDifferenceMs = 60_000

export interface ReplacementRecoveryOptions {
  engine: {
    readonly containers: Pick<Engine['containers'], 'find' | 'rename' | 'remove'>
    readonly recreation: Pick<Engine['recreation'], 'setRestartPolicy'>
    readonly volumes: Pick<Engine['volumes'], 'find' | 'remove'>
  }
  state: Pick<EngineState, 'refreshContainer'>
  actions: Pick<ContainerActions, 'start'>
  journal: Pick<ReplacementJournal, 'put' | 'remove'>
  /** Called when a container has been replaced by one with another name. Never rejects. */
  renamed: (before: string, name: string) => Promise<void>
  log: Logger
}

/** What the recovery of an interrupted replacement has done. */
export interface Recovered {
  name: string
  containerId: string
  outcome: 'restored' | 'completed'
  /** The volumes that stay although the old container is back, because the new container has used them. */
  keptVolumes: string[]
}

/**
 * Ends a replacement by its entry in the journal: puts the old container back, or removes it. If a call is interrupted,
 * another call can complete it.
 */
export class ReplacementRecovery {
  readonly #options: ReplacementRecoveryOptions

  constructor(options: ReplacementRecoveryOptions) {
    this.#options = options
  }

  /** Ends a replacement that was interrupted. Returns an empty list if there was nothing to do. */
  async recover(entry: JournalEntry): Promise<Recovered[]> {
    if (entry.phase === 'replaced') return this.#complete(entry)
    if (entry.phase === 'restored') return this.#removeLeft(entry)
    const { engine, journal } = this.#options
    const { oldId, name } = entry
    const old = await engine.containers.find(oldId)
    if (old === undefined) {
      await journal.remove(entry)
      return []
    }
    const kept = await this.#keepingUsedVolumes(entry)
    await this.restore(kept)
    return [{ name, containerId: oldId, outcome: 'restored', keptVolumes: kept.keptVolumes ?? [] }]
  }

  /**
   * Removes the new container and the new volumes, and gives the old container its name and its state back. The volumes
   * go first: on a full disk, the engine could not write the old container's new state.
   * @throws BerthError container.not-found if the old container no longer exists. The new container then stays.
   */
  async restore(entry: JournalEntry): Promise<void> {
    const { engine, journal } = this.#options
    const { oldId, name } = entry
    const old = await engine.containers.find(oldId)
    if (old === undefined) {
      await journal.remove(entry)
      throw new BerthError('container.not-found', { container: name })
    }
    const newId = entry.newId ?? (await this.#unrecorded(entry))
    if (newId !== undefined && entry.newIsGone !== true)
      await ignoringMissing(() => engine.containers.remove(newId, { force: true, volumes: true }))
    const withoutNew = { ...entry, newIsGone: true }
    await this.#note(withoutNew)
    const newVolumes = await this.#removeVolumes(entry.newVolumes)
    // The next attempt must not remove volumes that the user creates in the meantime.
    if (entry.newVolumes.length > 0) await this.#note({ ...withoutNew, newVolumes })
    await this.#bringBack(entry, old)
    if (newVolumes.length === 0) await journal.remove(entry)
    else await this.#note({ ...withoutNew, newVolumes, phase: 'restored', restoredAt: Date.now() })
  }

  /** Keeps the old container's anonymous volumes, because the new container uses them. */
  async removeOld(entry: JournalEntry): Promise<void> {
    const { engine, journal } = this.#options
    await ignoringMissing(() => engine.containers.remove(entry.oldId, { force: true, volumes: false }))
    await journal.remove(entry)
  }

  /** While Berth did not run, the new container may have written for days what the old one does not have. */
  async #keepingUsedVolumes(entry: JournalEntry): Promise<JournalEntry> {
    const { engine, log } = this.#options
    const { newId, newVolumes } = entry
    const found = newId === undefined ? undefined : await engine.containers.find(newId)
    if (newVolumes.length === 0 || found === undefined || found.startedAt === null) return entry
    log.warn({ container: entry.oldId, volumes: newVolumes }, 'kept the volumes of an interrupted change')
    const kept = { ...entry, newVolumes: [], keptVolumes: newVolumes }
    // Once the new container is gone, nothing tells any more that it has used them.
    await this.#note(kept)
    return kept
  }

  /** Removes the volumes of a failed change that could not be removed at its end, and no later ones of their names. */
  async #removeLeft(entry: JournalEntry): Promise<Recovered[]> {
    const { engine, journal } = this.#options
    const { newVolumes, restoredAt = 0 } = entry
    const found = await Promise.all(newVolumes.map((name) => engine.volumes.find(name)))
    const those = found.flatMap((volume) => (volume && volume.createdAt <= restoredAt ? [volume.name] : []))
    const left = await this.#removeVolumes(those)
    if (left.length === 0) await journal.remove(entry)
    else await journal.put({ ...entry, newVolumes: left })
    return []
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
    if (old.name !== name) await engine.containers.rename(oldId, name)
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
      await journal.remove(entry)
      return []
    }
    if (newExists && name !== newName) await renamed(name, newName)
    await this.removeOld(entry)
    return [{ name: newName, containerId: newId, outcome: 'completed', keptVolumes: [] }]
  }
}
