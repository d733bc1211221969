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

/** A part of the app outside of QEMU. A resumed machine needs this part in the same state as before. */
export interface SuspendParticipant {
  /** Unique, and the same in every release. */
  readonly name: string
  /** Stops the part's activity, and returns the state that `resume` will get. */
  prepare(): Promise<JsonValue>
  /** Called before the processors of the resumed machine run. */
  resume(state: JsonValue): Promise<void>
  /** Called after `prepare` if the machine could not be saved. `prepare` itself may have failed. */
  abandon(): Promise<void>
}

/** The values that must be the same at the resume. There is one error code for each. */
const sameSchema = z.object({
  /** The versions of QEMU and of the host's kernel. An accelerator's state depends on them. */
  host: z.string(),
  image: z.string(),
  /** A hash of QEMU's arguments and of the files that the guest reads. */
  settings: z.string(),
  /** Identifies the data disk's content. If the disk has changed since, the saved memory would destroy it. */
  disk: z.string(),
})
type Same = z.infer<typeof sameSchema>

const suspendedSchema = z.object({
  format: z.literal(1),
  accelerator: z.enum(accelerators),
  same: sameSchema,
  /** The size of the memory file, bytes. */
  size: z.number(),
  /** What the guest had reported on its console (see ConsoleHistory). */
  stages: z.array(z.string()),
  reports: z.record(z.string(), z.string()).default({}),
  participants: z.record(z.string(), jsonSchema),
})
export type Suspended = z.infer<typeof suspendedSchema>

/** The files of a suspended machine: its memory, and the record that makes the memory valid. */
export class SuspendedMachine {
  /** The path of the memory file. Memory holds secrets, so the file gets mode 0600 before QEMU writes to it. */
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
   * @throws BerthError machine.resume-failed if the record or the memory is damaged
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
   * @throws BerthError host.no-space if the host's disk has no room for `bytes`
   */
  async makeRoom(bytes: number): Promise<void> {
    await this.discard()
    const free = await freeBytes(this.#folder)
    if (free < bytes) throw noSpaceError(this.#folder, { free, needed: bytes })
    const file = await open(this.memory, 'wx', 0o600)
    await file.close()
  }

  /** Writes the record, which makes the memory file valid. QEMU must have written the memory before. */
  async write(record: Omit<Suspended, 'format' | 'size'>): Promise<void> {
    const { size } = await stat(this.memory)
    await this.#record.write({ ...record, format: 1, size })
  }

  /**
   * Removes the record, so that the memory is never resumed twice, even after a power cut. Call this before the
   * processors run.
   */
  async consume(): Promise<void> {
    await this.#record.remove()
    await syncFolder(this.#folder)
  }

  async discard(): Promise<void> {
    await this.consume()
    await rm(this.memory, { force: true })
  }
}

/** Identifies a machine that would be launched now, to compare it with the suspended one. */
export async function identify(
  host: MachineHost,
  prepared: PreparedMachine,
  choice: LaunchChoice,
): Promise<Same> {
  const { image, dataDisk, proofScope } = prepared
  const files = await Promise.all(
    Object.entries(prepared.guestFiles).map(async ([name, file]) => [name, hash(await readFile(file))]),
  )
  // The addresses differ in each launch, so a fixed address replaces them here. The device for shared folders must
  // still match.
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
 * Refuses to resume a machine that differs from the suspended one.
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
