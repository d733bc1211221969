import { z } from 'zod'
import { layerProgressSchema } from './images'
import type { RunRequest } from './run'

/**
 * - `pull`: pull the image
 * - `measure`: measure a folder of the old container, and the free space
 * - `create`: create the new container
 * - `stop`: stop the old container
 * - `copy`: copy a folder of the old container into the new volume
 * - `start`: start the new container
 * - `watch`: wait until the new container is healthy, or runs for a moment
 * - `finish`: remove the old container
 * - `restore`: remove the new container and put the old one back
 */
export const changeSteps = [
  'pull',
  'measure',
  'create',
  'stop',
  'copy',
  'start',
  'watch',
  'finish',
  'restore',
] as const
export type ChangeStepName = (typeof changeSteps)[number]

const stepSchema = z.object({
  name: z.enum(changeSteps),
  state: z.enum(['running', 'done', 'failed']),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  endedAt: z.number().nullable(),
})
export type ChangeStep = z.infer<typeof stepSchema>

/** An address that the new container could not keep. */
const addressChangeSchema = z.object({
  network: z.string(),
  before: z.string(),
  /** Empty if the new container has no address of this family. */
  after: z.string(),
})
export type AddressChange = z.infer<typeof addressChangeSchema>

/** A run, edit or update of a container, as a kind of task. */
export const changeTask = {
  params: z.object({
    /** The container's name. Empty if the engine chooses one. */
    name: z.string(),
    image: z.string(),
    /** The container before the change. Empty for a run. */
    oldId: z.string(),
  }),
  detail: z.object({
    steps: z.array(stepSchema),
    /** The layers of the image while it is pulled. */
    layers: z.array(layerProgressSchema),
    /** True if the old container is back. */
    restored: z.boolean(),
  }),
  result: z.object({
    containerId: z.string(),
    /** True if an update has found nothing newer, and so has changed nothing. */
    unchanged: z.boolean(),
    addresses: z.array(addressChangeSchema),
  }),
}
export type ChangeParams = z.infer<typeof changeTask.params>
export type ChangeDetail = z.infer<typeof changeTask.detail>
export type ChangeResult = z.infer<typeof changeTask.result>

/** An existing container, for the form. */
export const editableContainerSchema = z.object({
  /** The container's settings. The sources of bind mounts are paths of this computer. */
  // The engine accepts more than the form does. The form shows such values and marks them.
  request: z.custom<RunRequest & { name: string }>((value) => typeof value === 'object' && value !== null),
  /** The body with which the engine creates the same container again, as pretty-printed JSON. */
  body: z.string(),
})

/** What an edit would send to the engine. Both texts are pretty-printed JSON. */
export const editPreviewSchema = z.object({ before: z.string(), after: z.string() })

/** What moving a folder to a volume takes, and what is free for it. Bytes. */
export const moveStateSchema = z.object({
  bytes: z.number(),
  free: z.number(),
  /**
   * What the container has written outside of the folder and its volumes, without logs, caches and temporary files.
   * Null if measuring takes too long.
   */
  elsewhere: z.number().nullable(),
})
export type MoveState = z.infer<typeof moveStateSchema>

export const updateStateSchema = z.object({
  /** The reference that the update would pull. */
  reference: z.string(),
  /** True if the reference now means another image in the machine than the container's. */
  outdated: z.boolean(),
  /** True if the registry has a newer image than the machine. Undefined if the registry was not asked. */
  newer: z.boolean().optional(),
})
export type UpdateState = z.infer<typeof updateStateSchema>
