import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { reportedEventsSchema } from '../events'
import { procedure } from './procedure'

export const events = {
  /**
   * Sends the events of the engine that Berth has kept, then each new one. With `exec`, also those of commands in
   * containers. A client that is slow misses events and gets the kept ones again.
   */
  watch: procedure.input(z.object({ exec: z.boolean() })).output(eventIterator(reportedEventsSchema)),
}
