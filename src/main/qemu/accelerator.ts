import { readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { accelerators, type Accelerator } from '../../shared/machine'
import { systemErrorCode, writePrivateFile } from '../lib'

export interface RejectedAccelerator {
  name: Accelerator
  reason: string
}

/** What is tried in a launch, in this order, and what need not be tried again. */
export interface AcceleratorPlan {
  candidates: Accelerator[]
  rejected: RejectedAccelerator[]
}

/** What a proof holds for: with another QEMU or another host kernel everything is tried again. */
export interface ProofScope {
  qemuVersion: string
  hostRelease: string
}

const proofSchema = z.object({
  qemuVersion: z.string(),
  hostRelease: z.string(),
  name: z.enum(accelerators),
  rejected: z.array(z.object({ name: z.enum(accelerators), reason: z.string() })),
})

/** The accelerators a host may have, fastest first; emulation works anywhere. */
export function acceleratorCandidates(platform: NodeJS.Platform): Accelerator[] {
  switch (platform) {
    case 'darwin':
      return ['hvf', 'tcg']
    case 'win32':
      return ['whpx', 'tcg']
    default:
      return ['kvm', 'tcg']
  }
}

/**
 * The last launch's outcome, in a file. That QEMU offers an accelerator does not mean that it works (a /dev/kvm
 * may open and its guest die at once), so only a machine that came up counts, and a failed try costs seconds.
 */
export class AcceleratorMemory {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** What to try now: begins with the proven one; those before it are rejected as they were then. */
  async plan(platform: NodeJS.Platform, scope: ProofScope): Promise<AcceleratorPlan> {
    const all = acceleratorCandidates(platform)
    const proof = await this.#read()
    const proven = proof ? all.indexOf(proof.name) : -1
    const holds = proof?.qemuVersion === scope.qemuVersion && proof.hostRelease === scope.hostRelease
    if (!proof || !holds || proven < 0) return { candidates: all, rejected: [] }
    return { candidates: all.slice(proven), rejected: proof.rejected }
  }

  /** A machine came up on `name`. */
  async remember(scope: ProofScope, name: Accelerator, rejected: RejectedAccelerator[]): Promise<void> {
    await writePrivateFile(this.#file, JSON.stringify({ ...scope, name, rejected }))
  }

  /** Nothing came up: the next launch tries everything. */
  async forget(): Promise<void> {
    await rm(this.#file, { force: true })
  }

  async #read(): Promise<z.infer<typeof proofSchema> | undefined> {
    try {
      return proofSchema.safeParse(JSON.parse(await readFile(this.#file, 'utf8'))).data
    } catch (error) {
      if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') return undefined
      throw error
    }
  }
}
