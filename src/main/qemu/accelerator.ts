import { z } from 'zod'
import { accelerators, type Accelerator } from '../../shared/machine'
import { JsonFile } from '../lib'

export interface RejectedAccelerator {
  name: Accelerator
  reason: string
}

/** The accelerators to try in a launch, in this order, and those that need not be tried again. */
export interface AcceleratorPlan {
  candidates: Accelerator[]
  rejected: RejectedAccelerator[]
}

/** A proof is valid for this QEMU on this host kernel. With another one, everything is tried again. */
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

/** The accelerators that a host may have, fastest first. Emulation (tcg) works everywhere. */
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
 * The outcome of the last launch, in a file. An accelerator that QEMU offers may not work: /dev/kvm may open, and the
 * guest still die immediately. So only a machine that has booted proves it. A failed attempt costs seconds.
 */
export class AcceleratorMemory {
  readonly #file: JsonFile<z.infer<typeof proofSchema>>

  constructor(file: string) {
    this.#file = new JsonFile({ path: file, schema: proofSchema })
  }

  /** What to try now: the proven accelerator first. Those before it are rejected for the same reasons as last time. */
  async plan(platform: NodeJS.Platform, scope: ProofScope): Promise<AcceleratorPlan> {
    const all = acceleratorCandidates(platform)
    const proof = await this.#file.readIfValid()
    const proven = proof ? all.indexOf(proof.name) : -1
    const holds = proof?.qemuVersion === scope.qemuVersion && proof.hostRelease === scope.hostRelease
    if (!proof || !holds || proven < 0) return { candidates: all, rejected: [] }
    return { candidates: all.slice(proven), rejected: proof.rejected }
  }

  /** A machine has booted on `name`. */
  async remember(scope: ProofScope, name: Accelerator, rejected: RejectedAccelerator[]): Promise<void> {
    await this.#file.write({ ...scope, name, rejected })
  }

  /** No machine has booted: the next launch tries every accelerator. */
  async forget(): Promise<void> {
    await this.#file.remove()
  }
}
