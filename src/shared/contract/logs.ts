import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  keptLogSchema,
  logNamesSchema,
  logPageSchema,
  logPositionsSchema,
  logSearchEventSchema,
  logSearchSchema,
  logViewEventSchema,
} from '../logs'
import { downloadSchema } from '../transfers'
import { nothing, procedure } from './procedure'

const viewId = z.object({ viewId: z.uuid() })

export const logs = {
  /**
   * Opens a view of the logs of containers with these names, also of removed containers. The view closes when the
   * iteration ends. The first event is `opened`.
   */
  open: procedure.input(z.object({ names: logNamesSchema })).output(eventIterator(logViewEventSchema)),
  /** Reads up to `count` lines before or after the positions. */
  read: procedure
    .input(
      viewId.extend({
        positions: logPositionsSchema,
        direction: z.enum(['older', 'newer']),
        count: z.number().int().min(1).max(5_000),
      }),
    )
    .output(logPageSchema),
  /** Finds the first lines that are not older than a time, or a part of the longest log (0 to 1). */
  seek: procedure
    .input(
      viewId.extend({
        to: z.union([
          z.object({ time: z.number().min(0).max(8.64e15) }),
          z.object({ part: z.number().min(0).max(1) }),
        ]),
      }),
    )
    .output(z.object({ positions: logPositionsSchema })),
  /**
   * Searches from the positions back to the start, in the machine. Without positions, begins at the end. Another search
   * of the same view ends this one. Ends after `limit` lines.
   */
  search: procedure
    .input(
      viewId.extend({
        search: logSearchSchema,
        positions: logPositionsSchema,
        limit: z.number().int().min(1).max(5_000),
      }),
    )
    .output(eventIterator(logSearchEventSchema)),
  /** The whole logs as one text, oldest line first. */
  download: procedure
    .input(z.object({ names: logNamesSchema, timestamps: z.boolean() }))
    .output(downloadSchema),
  /** The kept logs of removed containers. */
  kept: procedure.output(z.array(keptLogSchema)),
  /** Deletes all kept logs of removed containers. */
  clearKept: procedure.output(nothing),
}
