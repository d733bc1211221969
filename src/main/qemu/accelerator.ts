import { z } from 'zod'
import { accelerators, type Accelerator } from '../../shared/machine'
import { JsonFile } from '../lib'

export interface RejectedAccelerator {
  name: Accelerator
  reason: string
}

/** The accelerators that a launch tries, in this order, and the rejected accelerators that it need not try again. */
export interface AcceleratorPlan {
  candidates: Accelerator[]
  rejected: RejectedAccelerator[]
}

/**
 * The remembered outcome is valid for this QEMU on this host kernel. After a change of either, a launch tries all
 * accelerators again.
 */
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
 * The outcome of the last launch, in a file, if it was conclusive. QEMU may offer an accelerator that does not work.
 * For example, QEMU can open /dev/kvm, but the guest dies immediately. So an accelerator is proven only when a machine
 * has booted on it. The file saves time, because a failed attempt costs seconds.
 */
export class AcceleratorMemory {
  readonly #file: JsonFile<z.infer<typeof proofSchema>>

  constructor(file: string) {
    this.#file = new JsonFile({ path: file, schema: proofSchema })
  }

  /**
   * The plan for a launch. If an accelerator is proven, the plan begins with it. The faster accelerators, which did not
   * work last time, stay rejected. Otherwise the plan contains all accelerators.
   */
  async plan(platform: NodeJS.Platform, scope: ProofScope): Promise<AcceleratorPlan> {
    const all = acceleratorCandidates(platform)
    const proof = await this.#file.readIfValid()
    const proven = proof ? all.indexOf(proof.name) : -1
    const holds = proof?.qemuVersion === scope.qemuVersion && proof.hostRelease === scope.hostRelease
    if (!proof || !holds || proven < 0) return { candidates: all, rejected: [] }
    return { candidates: all.slice(proven), rejected: proof.rejected }
  }

  /**
   * Records that a machine has booted on `name`.
   * @throws BerthError host.no-space, host.folder-unwritable
   */
  async remember(scope: ProofScope, name: Accelerator, rejected: RejectedAccelerator[]): Promise<void> {
    await this.#file.write({ ...scope, name, rejected })
  }

  /** Makes the next launch try every accelerator. */
  async forget(): Promise<void> {
    await this.#file.remove()
  }
}
