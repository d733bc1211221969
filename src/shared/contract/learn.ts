import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { cleanUpSchema, learnStateSchema, lessonIdSchema } from '../learn'
import { nothing, procedure } from './procedure'

const lesson = z.object({ id: lessonIdSchema })

export const learn = {
  /** Sends the open lesson with its checks, the results and what Learn has made, now and after every change. */
  watch: procedure.output(eventIterator(learnStateSchema)),
  /** Opens a lesson, and makes the images that it needs. */
  open: procedure.input(lesson).output(nothing),
  /** Marks a lesson as skipped. */
  skip: procedure.input(lesson).output(nothing),
  /** Forgets what a lesson has shown, so that the user can do it again. */
  again: procedure.input(lesson).output(nothing),
  /** Writes the example's files into a folder of this computer, which is created and shared if necessary. */
  useFolder: procedure
    .input(z.object({ path: z.string().min(1).max(4096) }))
    .output(z.object({ folder: z.string() })),
  /** Requests the page of the example's web server, as a browser would. */
  ask: procedure.output(nothing),
  /** Removes objects that Learn made from the engine. The results and the files on this computer stay. */
  cleanUp: procedure.input(cleanUpSchema).output(z.object({ removed: z.number() })),
  /** Forgets all results. */
  startOver: procedure.output(nothing),
}
