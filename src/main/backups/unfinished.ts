import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import type { Engine } from '../engine'
import { berthFile, type BerthPaths, type Logger } from '../host'
import { JsonFile, jsonReason, message, type Sequencer, sequencer } from '../lib'
import type { SshLink } from '../ssh'
import { undoSwap } from './machine-folder'

const stepSchema = z.discriminatedUnion('kind', [
  /** Containers that a backup has paused. */
  z.object({ kind: z.literal('paused'), containers: z.array(z.string()) }),
  /** A volume that a restore has created and not filled. */
  z.object({ kind: z.literal('new-volume'), volume: z.string() }),
  /** The folder of a volume whose content a restore replaces. */
  z.object({ kind: z.literal('replace'), folder: z.string() }),
])
export type UnfinishedStep = z.infer<typeof stepSchema>

const fileSchema = z.object({
  version: z.literal(1),
  steps: z.array(z.object({ id: z.uuid(), step: stepSchema })),
})
type Entry = z.infer<typeof fileSchema>['steps'][number]

export interface UnfinishedOptions {
  paths: Pick<BerthPaths, 'machine'>
  engine: {
    readonly containers: Pick<Engine['containers'], 'unpause'>
    readonly volumes: Pick<Engine['volumes'], 'remove'>
  }
  link: Pick<SshLink, 'exec'>
  log: Logger
}

/** A backup or a restore. */
interface Job {
  volume: string
  /** The folder of the volume, if the volume exists. */
  folder: string | undefined
  /** Whether the job pauses containers, which the undo of another step could resume. */
  pauses: boolean
}

/** The machine could not be reached. */
const linkErrors: readonly string[] = ['machine.connection-lost', 'machine.not-running', 'engine.unreachable']

/**
 * The steps of backups and restores that have to be undone. Berth notes a step before it takes the step. If Berth or
 * the link ends in the middle, Berth undoes the step at its next connection to the engine.
 */
export class Unfinished {
  readonly #options: UnfinishedOptions
  readonly #file: JsonFile<z.infer<typeof fileSchema>>
  readonly #inTurn: Sequencer = sequencer()
  readonly #recovering: Sequencer = sequencer()
  /** The steps of jobs that still run. */
  readonly #running = new Set<string>()

  constructor(options: UnfinishedOptions) {
    this.#options = options
    this.#file = new JsonFile({ path: berthFile(options.paths, 'unfinishedBackups'), schema: fileSchema })
  }

  /**
   * Notes a step, then calls `work`, which takes the step. A step that only lasts as long as the work is undone
   * afterwards. Otherwise, a step is undone only if the work fails, unless `isUntouched` says that the error came
   * before the step. `work` may note another step in the place of this one.
   * @throws BerthError host.no-space, host.folder-unwritable; the error of `work`
   */
  async during<T>(
    step: UnfinishedStep,
    work: (amend: (step: UnfinishedStep) => Promise<void>) => Promise<T>,
    isUntouched: (error: unknown) => boolean = () => false,
  ): Promise<T> {
    const entry: Entry = { id: randomUUID(), step }
    const amend = (amended: UnfinishedStep): Promise<void> => {
      entry.step = amended
      return this.#change((all) => all.map((one) => (one.id === entry.id ? entry : one)))
    }
    this.#running.add(entry.id)
    try {
      await this.#change((others) => [...others, entry])
      let isKept = false
      try {
        const result = await work(amend)
        // A new volume whose step stays noted would be removed later. So the volume is kept only without the note.
        if (step.kind === 'new-volume') await this.#remove(entry)
        isKept = step.kind !== 'paused'
        return result
      } catch (error) {
        isKept = isUntouched(error)
        throw error
      } finally {
        if (isKept || (await this.#undo(entry))) await this.#forget(entry)
      }
    } finally {
      this.#running.delete(entry.id)
    }
  }

  /** Undoes the steps that a crash or a lost link has left. Returns the steps that stay noted. Never rejects. */
  recover(): Promise<UnfinishedStep[]> {
    return this.#recovering(async () => {
      // A job that ends during the recovery undoes its own step.
      const left = await this.#inTurn(async () =>
        (await this.#read()).filter(({ id }) => !this.#running.has(id)),
      )
      const remaining: UnfinishedStep[] = []
      for (const entry of left)
        if (!(await this.#undo(entry)) || !(await this.#forget(entry))) remaining.push(entry.step)
      return remaining
    })
  }

  /**
   * Undoes the steps that a crash or a lost link has left, before a job. The engine may not have reported its new
   * connection yet.
   * @throws BerthError machine.connection-lost if a step that concerns the job cannot be undone
   */
  async recoverFor({ volume, folder, pauses }: Job): Promise<void> {
    const left = await this.recover()
    const concerns = left.some((step) => {
      if (step.kind === 'paused') return pauses
      return step.kind === 'replace' ? step.folder === folder : step.volume === volume
    })
    if (concerns) throw new BerthError('machine.connection-lost')
  }

  /** Returns false if the machine cannot be reached, so that the step stays noted. Never rejects. */
  async #undo({ step }: Entry): Promise<boolean> {
    const { engine, link, log } = this.#options
    const undo = async (): Promise<void> => {
      if (step.kind === 'new-volume') await engine.volumes.remove(step.volume)
      else if (step.kind === 'replace') await undoSwap(link, step.folder)
      else for (const id of step.containers) await this.#unpause(id)
    }
    try {
      await undo()
      return true
    } catch (error) {
      if (linkErrors.includes(BerthError.from(error).code)) return false
      // The volume may be gone, or a container may use it by now.
      log.warn({ step: step.kind, reason: message(error) }, 'could not undo a step of a backup')
      return true
    }
  }

  /** Does nothing to a container that is gone, or not paused: the user or a restart was faster. */
  async #unpause(id: string): Promise<void> {
    try {
      await this.#options.engine.containers.unpause(id)
    } catch (error) {
      if (linkErrors.includes(BerthError.from(error).code)) throw error
    }
  }

  /** Returns false if the step stays noted. Never rejects. */
  async #forget(entry: Entry): Promise<boolean> {
    try {
      await this.#remove(entry)
      return true
    } catch (error) {
      this.#options.log.warn({ reason: message(error) }, 'could not write the unfinished backups')
      return false
    }
  }

  #remove({ id }: Entry): Promise<void> {
    return this.#change((all) => all.filter((one) => one.id !== id))
  }

  #change(change: (entries: Entry[]) => Entry[]): Promise<void> {
    return this.#inTurn(async () => {
      const steps = change(await this.#read())
      if (steps.length === 0) await this.#file.remove()
      else await this.#file.write({ version: 1, steps })
    })
  }

  async #read(): Promise<Entry[]> {
    try {
      return (await this.#file.read())?.steps ?? []
    } catch (error) {
      this.#options.log.warn({ reason: jsonReason(error) }, 'could not read the unfinished backups')
      return []
    }
  }
}
