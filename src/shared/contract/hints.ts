import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { dismissalSchema, hintListSchema, mendableRules } from '../hints'
import { containerId, nothing, procedure } from './procedure'

/** Hints about the setup of containers. */
export const hints = {
  /**
   * Sends the hints, whenever they have changed. With `id`: those of one container. Berth then also measures what it
   * has written into its layer, which may take seconds.
   */
  watch: procedure.input(containerId.partial()).output(eventIterator(hintListSchema)),
  /** Dismisses a rule for the containers of a name, or shows it again. */
  dismiss: procedure.input(dismissalSchema.extend({ dismissed: z.boolean() })).output(nothing),
  /** Makes the change that ends the cause of a hint. */
  mend: procedure.input(containerId.extend({ rule: z.enum(mendableRules) })).output(nothing),
}
