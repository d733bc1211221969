import { createHash } from 'node:crypto'
import { open, readFile, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BerthError } from '../../shared/errors'
import { accelerators, type Accelerator } from '../../shared/machine'
import { berthFile, guestImageFiles } from '../host'
import { syncFolder, systemErrorCode, writePrivateFile } from '../lib'
import { machineArguments, type LaunchChoice, type MachineHost, type PreparedMachine } from './prepare'

export type JsonValue = z.infer<typeof jsonSchema>
const jsonSchema = z.json()

/**
 * A part of the machine outside QEMU that a suspended machine needs again as it was. `prepare` makes it quiet and
 * returns what `resume` gets, before the machine's processors run again; `abandon` follows `prepare` when the machine
 * could not be saved.
 */
export interface SuspendParticipant {
  /** Unique, and the same in every release. */
  readonly name: string
  prepare(): Promise<JsonValue>
  resume(state: JsonValue): Promise<void>
  abandon(): Promise<void>
}

/** What must be the same again, each with the error that says so. */
const sameSchema = z.object({
  /** QEMU and the host's kernel, which an accelerator's state depends on. */
  host: z.string(),
  image: z.string(),
  /** QEMU's arguments, and the files that the guest has read. */
  settings: z.string(),
  /** The data disk: a memory on a disk that has changed since would destroy it. */
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

/** A suspended machine in the machine's folder: its memory, and a record without which the memory is nothing. */
export class SuspendedMachine {
  /** Memory holds secrets: the file is made with mode 0600 before QEMU writes to it. */
  readonly memory: string
  readonly #record: string
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    this.memory = berthFile({ machine: folder }, 'suspendedMemory')
    this.#record = berthFile({ machine: folder }, 'suspendedRecord')
  }

  /** The record, if there is one. Rejects with machine.resume-failed when it is damaged. */
  async read(): Promise<Suspended | undefined> {
    let text: string
    try {
      text = await readFile(this.#record, 'utf8')
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined
      throw error
    }
    const suspended = suspendedSchema.safeParse(parseJson(text)).data
    const size = await stat(this.memory).then(
      (file) => file.size,
      () => undefined,
    )
    if (suspended === undefined || size !== suspended.size)
      throw new BerthError('machine.resume-failed', { reason: 'its files are damaged' })
    return suspended
  }

  /** An empty file for the memory, on a disk that has room. Rejects with host.no-space. */
  async makeRoom(bytes: number): Promise<void> {
    await this.discard()
    const { bavail, bsize } = await statfs(this.#folder)
    if (bavail * bsize < bytes)
      throw new BerthError('host.no-space', {
        folder: this.#folder,
        free: mebibytes(bavail * bsize),
        needed: mebibytes(bytes),
      })
    const file = await open(this.memory, 'wx', 0o600)
    await file.close()
  }

  /** Makes the memory that was written worth something. */
  async write(record: Omit<Suspended, 'format' | 'size'>): Promise<void> {
    const { size } = await stat(this.memory)
    await writePrivateFile(this.#record, JSON.stringify({ ...record, format: 1, size } satisfies Suspended))
  }

  /** From here on nobody resumes it again, also after a power cut: to be called before the processors run. */
  async consume(): Promise<void> {
    await rm(this.#record, { force: true })
    await syncFolder(this.#folder)
  }

  async discard(): Promise<void> {
    await this.consume()
    await rm(this.memory, { force: true })
  }
}

/** What a machine that is launched now would be. */
export async function identify(
  host: MachineHost,
  prepared: PreparedMachine,
  choice: LaunchChoice,
): Promise<Same> {
  const { image, dataDisk, proofScope } = prepared
  const files = await Promise.all(
    Object.entries(prepared.guestFiles).map(async ([name, file]) => [name, hash(await readFile(file))]),
  )
  // Addresses are others at each launch; whether there is a device for shared folders is not.
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

/** Throws machine.resume-host, -image, -settings or -disk: why a suspended machine must not go on. */
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function mebibytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 2 ** 20))} MiB`
}
