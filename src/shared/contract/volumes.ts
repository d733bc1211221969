import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { objectNameSchema } from '../containers'
import { cloneProgressSchema, newVolumeSchema, volumeSizeSchema } from '../volumes'
import { nothing, procedure } from './procedure'

const volume = z.object({ name: objectNameSchema })

export const volumes = {
  create: procedure.input(newVolumeSchema).output(nothing),
  remove: procedure.input(volume).output(nothing),
  /** Removes every volume that no container uses. */
  prune: procedure.output(z.object({ removed: z.array(z.string()), bytes: z.number() })),
  /** Makes the engine calculate the size of each volume, which can take seconds. */
  sizes: procedure.output(z.array(volumeSizeSchema)),
  /** Copies a volume into a new volume. The end of the call removes an unfinished copy. */
  clone: procedure.input(volume.extend({ to: objectNameSchema })).output(eventIterator(cloneProgressSchema)),
  /** Removes all files in a volume. */
  empty: procedure.input(volume).output(nothing),
}
