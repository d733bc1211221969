import { createHash } from 'node:crypto'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { phrases } from '../../shared/i18n'
import { accelerators, type Accelerator } from '../../shared/machine'
import { berthFile, guestImageFiles } from '../host'
import { freeBytes, JsonFile, noSpaceError, syncFolder } from '../lib'
import { machineArguments, type LaunchChoice, type MachineHost, type PreparedMachine } from './launch'

export type JsonValue = z.infer<typeof jsonSchema>
const jsonSchema = z.json()

/** A part outside of QEMU that a resumed machine needs as it was. */
export interface SuspendParticipant {
  /** Unique, and the same in every release. */
  readonly name: string
  /** Makes the part quiet, and returns what `resume` gets. */
  prepare(): Promise<JsonValue>
  /** Called before the processors of the resumed machine run. */
  resume(state: JsonValue): Promise<void>
  /** Called after `prepare` when the machine could not be saved. */
  abandon(): Promise<void>
}

/** What must be the same again. Each has an error of its own. */
const sameSchema = z.object({
  /** QEMU and the host's kernel, on which an accelerator's state depends. */
  host: z.string(),
  image: z.string(),
  /** QEMU's arguments, and the files that the guest has read. */
  settings: z.string(),
  /** The data disk: a memory would destroy a disk that has changed since. */
  disk: z.string(),
})
type Same = z.infer<typeof sameSchema>

const suspendedSchema = z.object({
  format: z.literal(1),
  accelerator: z.enum(accelerators),
  same: sameSchema,
  /** Bytes of the memory's file. */
  size: z.number(),
  /** What the guest had reported on its console. */
  stages: z.array(z.string()),
  participants: z.record(z.string(), jsonSchema),
})
export type Suspended = z.infer<typeof suspendedSchema>

/** The files of a suspended machine: its memory, and the record that makes the memory valid. */
export class SuspendedMachine {
  /** Memory holds secrets: the file is made with mode 0600 before QEMU writes to it. */
  readonly memory: string
  readonly #record: JsonFile<Suspended>
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    this.memory = berthFile({ machine: folder }, 'suspendedMemory')
    const path = berthFile({ machine: folder }, 'suspendedRecord')
    this.#record = new JsonFile({ path, schema: suspendedSchema })
  }

  /**
   * The record, if there is one.
   * @throws BerthError machine.resume-failed when the record or the memory is damaged
   */
  async read(): Promise<Suspended | undefined> {
    const reason = { reason: phrases['files-damaged'] }
    const suspended = await this.#record.read().catch((error: unknown) => {
      throw new BerthError('machine.resume-failed', reason, { cause: error })
    })
    if (suspended === undefined) return undefined
    const size = await stat(this.memory).then(
      (file) => file.size,
      () => undefined,
    )
    if (size !== suspended.size) throw new BerthError('machine.resume-failed', reason)
    return suspended
  }

  /**
   * Makes an empty file for the memory.
   * @throws BerthError host.no-space when the host's disk has no room for `bytes`
   */
  async makeRoom(bytes: number): Promise<void> {
    await this.discard()
    const free = await freeBytes(this.#folder)
    if (free < bytes) throw noSpaceError(this.#folder, { free, needed: bytes })
    const file = await open(this.memory, 'wx', 0o600)
    await file.close()
  }

  /** Makes the memory valid that QEMU has written. */
  async write(record: Omit<Suspended, 'format' | 'size'>): Promise<void> {
    const { size } = await stat(this.memory)
    await this.#record.write({ ...record, format: 1, size })
  }

  /** To be called before the processors run: from then on nobody resumes the memory again, not after a power cut. */
  async consume(): Promise<void> {
    await this.#record.remove()
    await syncFolder(this.#folder)
  }

  async discard(): Promise<void> {
    await this.consume()
    await rm(this.memory, { force: true })
  }
}

/** What identifies a machine that is launched now. */
export async function identify(
  host: MachineHost,
  prepared: PreparedMachine,
  choice: LaunchChoice,
): Promise<Same> {
  const { image, dataDisk, proofScope } = prepared
  const files = await Promise.all(
    Object.entries(prepared.guestFiles).map(async ([name, file]) => [name, hash(await readFile(file))]),
  )
  // The addresses differ in each launch. Whether there is a device for shared folders does not.
  const somewhere = { port: 0 }
  const addresses = { qmp: somewhere, console: somewhere, ...(host.mountsPort ? { mounts: somewhere } : {}) }
  const args = machineArguments(host, prepared, choice)(addresses)
  const disk = await stat(dataDisk, { bigint: true })
  return {
    host: JSON.stringify(proofScope),
    image: hash(await readFile(join(image.folder, guestImageFiles.manifest))),
    settings: hash(JSON.stringify([args, files])),
    disk: `${disk.ino} ${disk.size} ${disk.mtimeNs}`,
  }
}

/**
 * Refuses to resume a machine that would not be the same.
 * @throws BerthError machine.resume-host, machine.resume-image, machine.resume-settings, machine.resume-disk
 */
export function compare(kept: Same, now: Same): void {
  if (kept.host !== now.host) throw new BerthError('machine.resume-host')
  if (kept.image !== now.image) throw new BerthError('machine.resume-image')
  if (kept.settings !== now.settings) throw new BerthError('machine.resume-settings')
  if (kept.disk !== now.disk) throw new BerthError('machine.resume-disk')
}

/** whpx cannot save a machine (QEMU, target/i386/whpx: a migration blocker). */
export function canSuspend(accelerator: Accelerator | undefined): boolean {
  return accelerator !== undefined && accelerator !== 'whpx'
}

function hash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
