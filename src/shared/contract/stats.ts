import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { processListSchema, processSignals, statsEventSchema } from '../stats'
import { containerId, nothing, procedure } from './procedure'

export const stats = {
  /**
   * Sends what every container uses: the last minute, then each measurement. With `id`, sends the whole history of this
   * container. A client that is slow misses measurements and gets the history again.
   */
  watch: procedure.input(containerId.partial()).output(eventIterator(statsEventSchema)),
  /** Sends the processes of a running container, with each measurement. */
  processes: procedure.input(containerId).output(eventIterator(processListSchema)),
  /** Sends a signal to a process of a container. Refuses if the process has ended, even if its id was given away. */
  signal: procedure
    .input(
      containerId.extend({
        pid: z.number().int().positive(),
        start: z.number().int().nonnegative(),
        signal: z.enum(processSignals),
      }),
    )
    .output(nothing),
}
