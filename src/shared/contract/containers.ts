import { z } from 'zod'
import { containerDetailsSchema } from '../container-details'
import {
  bulkActions,
  bulkLimit,
  bulkResultSchema,
  commitRequestSchema,
  containerPruneSchema,
  killSignalSchema,
  stoppedContainerSchema,
} from '../container-actions'
import { objectNameSchema, runRequestSchema } from '../containers'
import { logPositionSchema, sessionInfoSchema, terminalSizeSchema } from '../sessions'
import { sentAtSchema } from '../timelines'
import { downloadSchema } from '../transfers'
import { containerId, nothing, procedure } from './procedure'

const containerIds = z.array(containerId.shape.id).min(1).max(bulkLimit)

export const containers = {
  run: procedure.input(runRequestSchema).output(z.object({ id: z.string() })),
  start: procedure.input(containerId.extend({ sentAt: sentAtSchema })).output(nothing),
  /**
   * Sends the container's stop signal (default: SIGTERM). After `graceSeconds` (default: the container's own stop
   * timeout, which is 10 seconds unless it was set), sends SIGKILL.
   */
  stop: procedure
    .input(containerId.extend({ graceSeconds: z.number().int().min(0).max(3600).optional() }))
    .output(nothing),
  /** Sends a signal to the container's main process (default: SIGKILL). */
  kill: procedure.input(containerId.extend({ signal: killSignalSchema.optional() })).output(nothing),
  /** Freezes every process of the container. */
  pause: procedure.input(containerId).output(nothing),
  unpause: procedure.input(containerId).output(nothing),
  restart: procedure.input(containerId.extend({ sentAt: sentAtSchema })).output(nothing),
  /**
   * Removes a container. `volumes` also removes its anonymous volumes. An active container (`isActive`) needs
   * `force`.
   */
  remove: procedure.input(containerId.extend({ force: z.boolean(), volumes: z.boolean() })).output(nothing),
  /** Returns what the container's summary shows. */
  details: procedure.input(containerId).output(containerDetailsSchema),
  rename: procedure.input(containerId.extend({ name: objectNameSchema })).output(nothing),
  /**
   * Runs an action on many containers, several at a time. The failure of one container does not stop the others.
   * `remove` kills active containers, and removes anonymous volumes.
   */
  bulk: procedure
    .input(z.object({ ids: containerIds, action: z.enum(bulkActions) }))
    .output(bulkResultSchema),
  /** Returns the containers that a prune would remove. The engine measures them, which may take seconds. */
  stopped: procedure.output(z.array(stoppedContainerSchema)),
  /** Removes stopped containers, but no volumes. A container that has started in the meantime stays. */
  prune: procedure.input(z.object({ ids: containerIds })).output(containerPruneSchema),
  /** Makes an image from the container's files and settings. Returns the image's id. */
  commit: procedure
    .input(containerId.extend({ request: commitRequestSchema }))
    .output(z.object({ imageId: z.string() })),
  /**
   * Starts a container, like `docker start --attach`. The session shows the output from its first byte, and ends with
   * the exit code. Input reaches only a container with a terminal. Closing the session does not stop the container.
   */
  startAttached: procedure.input(containerId.extend({ size: terminalSizeSchema })).output(sessionInfoSchema),
  /** Offers all files of the container as a tar archive, without the content of its volumes. */
  export: procedure.input(containerId).output(downloadSchema),
  /** Returns the engine's own JSON, pretty-printed. */
  inspect: procedure.input(containerId).output(z.string()),
  /**
   * Begins after the message at position `after`. Without `after`, begins with the last `tail` lines. Ends when the
   * container stops.
   */
  logs: procedure
    .input(
      containerId.extend({
        tail: z.number().int().min(0).max(100_000),
        after: logPositionSchema.optional(),
      }),
    )
    .output(sessionInfoSchema),
}
