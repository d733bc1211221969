import { eventIterator } from '@orpc/contract'
import { pathRequestSchema, requestPathSchema, stackFactsSchema } from '../stack'
import { procedure } from './procedure'

export const stack = {
  /** Sends the facts about all layers, now and every few seconds. Berth reads them only while a client watches. */
  watch: procedure.output(eventIterator(stackFactsSchema)),
  /** Finds the path of one request: from a browser on this computer to the process in a container. */
  path: procedure.input(pathRequestSchema).output(requestPathSchema),
}
