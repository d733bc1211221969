import { z } from 'zod'
import { berthErrorSchema } from './errors'

export const machinePhases = [
  'stopped',
  'preparing',
  'booting',
  'connecting',
  'engine',
  'resuming',
  'running',
  'paused',
  'suspending',
  'stopping',
  'failed',
] as const
export type MachinePhase = (typeof machinePhases)[number]

/**
 * The named steps of a start, in order; `restore` stands for `boot` where a suspended machine goes on. `stop` and
 * `save` are the one step of a stop and of a suspension.
 */
export const machineSteps = ['image', 'disk', 'restore', 'boot', 'connect', 'engine', 'stop', 'save'] as const
export type MachineStepName = (typeof machineSteps)[number]

export const machineStepSchema = z.object({
  name: z.enum(machineSteps),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  /** Absent while the step is under way. */
  endedAt: z.number().optional(),
  /** Only where the amount of work is known, e.g. bytes of a download. */
  progress: z.object({ done: z.number(), total: z.number() }).optional(),
})
export type MachineStep = z.infer<typeof machineStepSchema>

export const accelerators = ['hvf', 'whpx', 'kvm', 'tcg'] as const
export type Accelerator = (typeof accelerators)[number]

/** Guest images by the hash of their recipe. */
export const machineImageSchema = z.object({
  /** The one of this start, or of the last one. */
  recipe: z.string(),
  newest: z.string(),
  /** The one of the next start. */
  next: z.string(),
  /** The one that came up before the newest and is still there. */
  previous: z.string().optional(),
})
export type MachineImage = z.infer<typeof machineImageSchema>

export const machineStateSchema = z.object({
  phase: z.enum(machinePhases),
  /** When the phase began, milliseconds since the epoch. */
  since: z.number(),
  /** The steps of the current or last start or stop. */
  steps: z.array(machineStepSchema),
  /** What runs the guest's instructions; absent until a launch has proved one. */
  accelerator: z
    .object({
      name: z.enum(accelerators),
      /** Faster ones that were tried on this launch and did not work, with the reason. */
      rejected: z.array(z.object({ name: z.enum(accelerators), reason: z.string() })),
    })
    .optional(),
  /** Absent until a start has found one. */
  image: machineImageSchema.optional(),
  /** True while the machine runs but the SSH connection is being made anew. */
  reconnecting: z.boolean(),
  /** Why the last start booted although a suspended machine was kept. */
  notResumed: berthErrorSchema.optional(),
  /**
   * `host`: the host's disk is full, so the machine stands still until there is space. `data`: the guest's data
   * disk is full, so containers cannot write.
   */
  diskFull: z.enum(['host', 'data']).optional(),
  /** Present only in `failed`. */
  failure: z
    .object({
      /** The phase in which it happened. */
      phase: z.enum(machinePhases),
      error: berthErrorSchema,
      /** The last lines of the serial console. */
      console: z.array(z.string()),
    })
    .optional(),
})
export type MachineState = z.infer<typeof machineStateSchema>
