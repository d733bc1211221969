import { z } from 'zod'
import { berthErrorSchema } from './errors'
import { layerProgressSchema } from './images'
import type { RunRequest } from './run'

/**
 * - `pull`: pull the image
 * - `create`: create the new container
 * - `stop`: stop the old container
 * - `start`: start the new container
 * - `watch`: wait until the new container is healthy, or runs for a moment
 * - `finish`: remove the old container
 * - `restore`: remove the new container and put the old one back
 */
export const changeSteps = ['pull', 'create', 'stop', 'start', 'watch', 'finish', 'restore'] as const
export type ChangeStepName = (typeof changeSteps)[number]

const stepSchema = z.object({
  name: z.enum(changeSteps),
  state: z.enum(['running', 'done', 'failed']),
  /** Milliseconds since the epoch. */
  startedAt: z.number(),
  endedAt: z.number().nullable(),
})

/** A run, edit or update of a container: its steps while they happen, and its result. */
export const containerChangeSchema = z.object({
  id: z.uuid(),
  /** `recovery`: after an interruption, Berth has put an old container back, or completed a change. */
  kind: z.enum(['run', 'edit', 'update', 'recovery']),
  /** The container's name. Empty if the engine chooses one. */
  name: z.string(),
  image: z.string(),
  /** The container before the change. Empty for a run. */
  oldId: z.string(),
  /** The container after the change: the new one, or the old one if Berth has put it back. */
  containerId: z.string(),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  /** True if the old container is back. */
  restored: z.boolean(),
  /** True if an update has found nothing newer, and so has changed nothing. */
  unchanged: z.boolean(),
  /** True while a cancel leaves nothing half done. */
  cancellable: z.boolean(),
  steps: z.array(stepSchema),
  layers: z.array(layerProgressSchema),
  error: berthErrorSchema.nullable(),
  startedAt: z.number(),
})
export type ContainerChange = z.infer<typeof containerChangeSchema>

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

export const updateStateSchema = z.object({
  /** The reference that the update would pull. */
  reference: z.string(),
  /** True if the reference now means another image in the machine than the container's. */
  outdated: z.boolean(),
  /** True if the registry has a newer image than the machine. Undefined if the registry was not asked. */
  newer: z.boolean().optional(),
})
export type UpdateState = z.infer<typeof updateStateSchema>
