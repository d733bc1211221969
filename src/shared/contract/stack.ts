import { eventIterator } from '@orpc/contract'
import { stackFactsSchema } from '../stack'
import { procedure } from './procedure'

export const stack = {
  /** Sends the facts about all layers, now and every few seconds. Berth reads them only while a client watches. */
  watch: procedure.output(eventIterator(stackFactsSchema)),
}
