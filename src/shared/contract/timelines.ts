import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { projectNameSchema } from '../compose'
import { comparedTimelineSchema, timelineIdSchema } from '../timelines'
import { containerId, procedure } from './procedure'

/** What happened when containers were run or started, step by step. */
export const timelines = {
  /** Sends the timelines of a container, the newest first, now and whenever one has changed. */
  ofContainer: procedure
    .input(containerId)
    .output(eventIterator(z.object({ timelines: z.array(comparedTimelineSchema) }))),
  /** Sends the timelines of a compose project's starts, the newest first, now and whenever one has changed. */
  ofProject: procedure
    .input(z.object({ name: projectNameSchema }))
    .output(eventIterator(z.object({ timelines: z.array(comparedTimelineSchema) }))),
  /** Sends one timeline, now and whenever it has changed. Null if it is not kept. */
  watch: procedure
    .input(z.object({ id: timelineIdSchema }))
    .output(eventIterator(z.object({ found: comparedTimelineSchema.nullable() }))),
}
