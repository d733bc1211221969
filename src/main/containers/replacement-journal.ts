import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { parkedNameOf } from '../../shared/parked-names'
import { restartPolicySchema } from '../engine'
import { type BerthPaths, berthFile, type Logger } from '../host'
import { JsonFile, jsonReason, type Sequencer, sequencer } from '../lib'

const entrySchema = z.object({
  /** The id of the container that is being replaced. */
  oldId: z.string(),
  name: z.string(),
  /** The old container's name during the replacement. */
  parkedName: z.string(),
  /** The name of the new container. */
  newName: z.string(),
  wasRunning: z.boolean(),
  /**
   * The old container's restart policy. Present if Berth takes it away, so that the engine does not start the parked
   * container by itself.
   */
  restartPolicy: restartPolicySchema.optional(),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** The image of the new container. */
  image: z.string(),
  /** True once Berth knows that there is no new container: it is removed again, or the engine has refused it. */
  newIsGone: z.boolean().optional(),
  /** The id of the new container. Absent until the engine has created it. */
  newId: z.string().optional(),
  /** The named volumes that the engine creates together with the new container. */
  newVolumes: z.array(z.string()),
  /** Former new volumes, which stay because the new container has used them. */
  keptVolumes: z.array(z.string()).optional(),
  /**
   * `changing`: the old container has to come back. `replaced`: the new container works, so the old one has to go.
   * `restored`: the old container is back, and only the new volumes have to go.
   */
  phase: z.enum(['changing', 'replaced', 'restored']),
  /** When the phase `restored` began. Milliseconds since the epoch. */
  restoredAt: z.number().optional(),
})
export type JournalEntry = z.infer<typeof entrySchema>

const journalSchema = z.object({ version: z.literal(1), entries: z.array(entrySchema) })

/** A name for the old container of a replacement, while the new container has its name. */
export function parkedName(name: string): string {
  return parkedNameOf(name, randomBytes(4).toString('hex'))
}

/**
 * The replacements of containers that have begun and not ended. Berth writes an entry before the first step. If Berth
 * or the machine ends in the middle, Berth reads the entry at its next connection to the engine. Then Berth completes
 * the way back or the replacement.
 */
export class ReplacementJournal {
  readonly #file: JsonFile<z.infer<typeof journalSchema>>
  readonly #log: Logger
  readonly #inOrder: Sequencer = sequencer()

  constructor({ paths, log }: { paths: Pick<BerthPaths, 'machine'>; log: Logger }) {
    this.#file = new JsonFile({ path: berthFile(paths, 'replacements'), schema: journalSchema })
    this.#log = log
  }

  entries(): Promise<JournalEntry[]> {
    return this.#inOrder(() => this.#read())
  }

  /**
   * Writes an entry over the one of the same replacement. Also over an unfinished one of the same container, because
   * the user has begun again.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  put(entry: JournalEntry): Promise<void> {
    return this.#change((entries) => [
      ...entries.filter(
        (other) =>
          other.parkedName !== entry.parkedName &&
          (other.oldId !== entry.oldId || other.phase === 'restored'),
      ),
      entry,
    ])
  }

  /** @throws BerthError host.no-space, host.folder-unwritable */
  remove({ parkedName }: Pick<JournalEntry, 'parkedName'>): Promise<void> {
    return this.#change((entries) => entries.filter((other) => other.parkedName !== parkedName))
  }

  #change(change: (before: JournalEntry[]) => JournalEntry[]): Promise<void> {
    return this.#inOrder(async () => {
      const entries = change(await this.#read())
      if (entries.length === 0) await this.#file.remove()
      else await this.#file.write({ version: 1, entries })
    })
  }

  async #read(): Promise<JournalEntry[]> {
    try {
      return (await this.#file.read())?.entries ?? []
    } catch (error) {
      this.#log.warn({ reason: jsonReason(error) }, 'could not read the journal of replacements')
      return []
    }
  }
}
