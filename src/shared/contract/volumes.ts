import { z } from 'zod'
import { objectNameSchema } from '../containers'
import { nothing, procedure } from './procedure'

export const volumes = {
  create: procedure.input(z.object({ name: objectNameSchema })).output(nothing),
  remove: procedure.input(z.object({ name: objectNameSchema })).output(nothing),
  /** Removes every volume that no container uses. */
  prune: procedure.output(z.object({ removed: z.array(z.string()), bytes: z.number() })),
}
