import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { checkResultSchema, serviceFixSchema } from '../diagnostics'
import {
  compactionProgressSchema,
  compactionResultSchema,
  diskUsageSchema,
  reclaimResultSchema,
  reclaimTargetSchema,
} from '../disk'
import { machineStateSchema } from '../machine'
import { platforms } from '../platform'
import { downloadSchema } from '../transfers'
import { nothing, procedure } from './procedure'

export const appInfoSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'headless']),
  platform: z.enum(platforms),
})
export type AppInfo = z.infer<typeof appInfoSchema>

export const app = {
  info: procedure.output(appInfoSchema),
  /** The names of the texts that the windows have not saved. Quitting would lose them. */
  unsaved: procedure.output(z.array(z.string())),
  /** Tells which texts this window has not saved. They end with the window. */
  reportUnsaved: procedure
    .input(z.object({ names: z.array(z.string().max(5000)).max(1000) }))
    .output(nothing),
  /**
   * Suspends or stops the machine, then quits Berth. If a window has a text that is not saved, Berth quits only with
   * `discard`.
   */
  quit: procedure.input(z.object({ discard: z.boolean() })).output(nothing),
}

export const machine = {
  /** Sends the machine state, now and after every change. */
  watch: procedure.output(eventIterator(machineStateSchema)),
  start: procedure.output(nothing),
  stop: procedure.output(nothing),
  /** Chooses the guest image for the next start: the previous one, or the newest one again. */
  useImage: procedure.input(z.object({ which: z.enum(['previous', 'newest']) })).output(nothing),
  /** Returns the last lines of the serial console. */
  console: procedure.output(z.array(z.string())),
}

export const disk = {
  /** Makes the engine calculate the sizes of its objects, which can take seconds. */
  usage: procedure.output(diskUsageSchema),
  /** The free space, which takes no time to measure. */
  space: procedure.output(diskUsageSchema.pick({ host: true, guest: true })),
  /** Removes all unused objects of a kind, and returns the free space to the host. */
  reclaim: procedure.input(z.object({ target: reclaimTargetSchema })).output(reclaimResultSchema),
  /** Stops the machine and rewrites the disk file without its unused parts. The last event is the result. */
  compact: procedure.output(eventIterator(z.union([compactionProgressSchema, compactionResultSchema]))),
}

export const diagnostics = {
  /** Runs every check once. Sends each result as soon as its check has ended, in any order. */
  run: procedure.output(eventIterator(checkResultSchema)),
  fix: procedure.input(z.object({ action: serviceFixSchema })).output(nothing),
  /** Restarts the machine, and verifies its guest image and its whole data disk. Repairs the disk. */
  repair: procedure.output(nothing),
  /** Factory reset: removes the data disk, the suspended machine and the keys, then starts the machine. */
  reset: procedure.input(z.object({ settings: z.boolean() })).output(nothing),
  /** Runs every check, then offers the support bundle, a tar.gz file. */
  bundle: procedure.output(downloadSchema),
}
