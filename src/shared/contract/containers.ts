import { z } from 'zod'
import { runRequestSchema } from '../containers'
import { logPositionSchema, sessionInfoSchema } from '../sessions'
import { containerId, nothing, procedure } from './procedure'

export const containers = {
  run: procedure.input(runRequestSchema).output(z.object({ id: z.string() })),
  start: procedure.input(containerId).output(nothing),
  /** Sends the container's stop signal (default: SIGTERM). After `graceSeconds` (default: 10), sends SIGKILL. */
  stop: procedure
    .input(containerId.extend({ graceSeconds: z.number().int().min(0).max(3600).optional() }))
    .output(nothing),
  kill: procedure.input(containerId).output(nothing),
  /** Freezes every process of the container. */
  pause: procedure.input(containerId).output(nothing),
  unpause: procedure.input(containerId).output(nothing),
  restart: procedure.input(containerId).output(nothing),
  /**
   * Removes a container. `volumes` also removes its anonymous volumes. An active container (`isActive`) needs
   * `force`.
   */
  remove: procedure.input(containerId.extend({ force: z.boolean(), volumes: z.boolean() })).output(nothing),
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
