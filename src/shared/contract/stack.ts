import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { pathRequestSchema, requestPathSchema, stackFactsSchema } from '../stack'
import { procedure } from './procedure'

export const stack = {
  /** Sends the facts about all layers, now and every few seconds. Berth reads them only while a client watches. */
  watch: procedure.output(eventIterator(stackFactsSchema)),
  /** Finds the path of one request: from a browser on this computer to the process in a container. */
  path: procedure.input(pathRequestSchema).output(requestPathSchema),
  /** Starts the task that measures a container against a VM. Returns the running task if there is one. */
  compare: procedure.output(z.object({ taskId: z.uuid() })),
}
