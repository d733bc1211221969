import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { machinePhases, machineSteps } from './machine-phases'

export * from './machine-phases'

export const machineStepSchema = z.object({
  name: z.enum(machineSteps),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** Absent while the step is in progress. */
  endedAt: z.number().optional(),
  /** Present only if the amount of work is known, for example the bytes of a download. */
  progress: z.object({ done: z.number(), total: z.number() }).optional(),
})
export type MachineStep = z.infer<typeof machineStepSchema>

export const accelerators = ['hvf', 'whpx', 'kvm', 'tcg'] as const
export type Accelerator = (typeof accelerators)[number]

/** The guest images of this and the next start. The name of a guest image is its recipe, a hash. */
export const machineImageSchema = z.object({
  /** The guest image of this start. If the machine is off, the guest image of the last start. */
  recipe: z.string(),
  newest: z.string(),
  /** The guest image of the next start. */
  next: z.string(),
  /** The older guest image to which the user can go back. Absent if there is none, or if it is `recipe`. */
  previous: z.string().optional(),
})
export type MachineImage = z.infer<typeof machineImageSchema>

export const machineStateSchema = z.object({
  phase: z.enum(machinePhases),
  /** The time when the phase began, in milliseconds since the epoch. */
  since: z.number(),
  /** The steps of the current or last start, stop or suspension. */
  steps: z.array(machineStepSchema),
  /** The accelerator that runs the guest. Absent until a launch has shown that the accelerator works. */
  accelerator: z
    .object({
      name: z.enum(accelerators),
      /** The faster accelerators that failed at this launch, with the reason of each failure. */
      rejected: z.array(z.object({ name: z.enum(accelerators), reason: z.string() })),
    })
    .optional(),
  /** Absent until a start has found a guest image. */
  image: machineImageSchema.optional(),
  /** True while the machine runs and the SSH link is reconnecting. */
  reconnecting: z.boolean(),
  /** Why the last start booted the machine instead of resuming the suspended one. */
  notResumed: berthErrorSchema.optional(),
  /**
   * `host`: the host's disk is full, and the machine waits until there is space. `data`: the data disk is full, and
   * containers cannot write.
   */
  diskFull: z.enum(['host', 'data']).optional(),
  /** Present only in the phase `failed`. */
  failure: z
    .object({
      /** The phase that failed. */
      phase: z.enum(machinePhases),
      error: berthErrorSchema,
      /** The last lines of the serial console. */
      console: z.array(z.string()),
    })
    .optional(),
})
export type MachineState = z.infer<typeof machineStateSchema>
