import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  fileContentSchema,
  filePathSchema,
  fileStampSchema,
  fileTargetSchema,
  folderPartSchema,
} from '../files'
import { downloadSchema, uploadSchema } from '../transfers'
import { nothing, procedure } from './procedure'

const file = z.object({ target: fileTargetSchema, path: filePathSchema })

/** The files of a container, running or not, and of a volume. */
export const files = {
  /** Lists a folder. Follows links inside the container or volume. */
  list: procedure.input(file).output(eventIterator(folderPartSchema)),
  /** Sends an event now and after every change in a folder. A container that does not run has no changes. */
  watch: procedure.input(file).output(eventIterator(z.object({ changed: z.literal(true) }))),
  /** Reads a text or a picture. `asText` reads a picture in a text format as text. */
  read: procedure.input(file.extend({ asText: z.boolean() })).output(fileContentSchema),
  /** Offers a file as it is, or a folder as a tar archive. */
  download: procedure.input(file.extend({ folder: z.boolean() })).output(downloadSchema),
  /**
   * Receives a file. `replace` allows to replace an existing file, whose owner and mode stay. `parents` creates missing
   * folders. With `unchanged`, fails if the file has changed since it was read.
   */
  uploadOpen: procedure
    .input(
      file.extend({
        bytes: z.number().int().nonnegative(),
        replace: z.boolean(),
        parents: z.boolean(),
        unchanged: fileStampSchema.optional(),
      }),
    )
    .output(uploadSchema),
  /** With `parents`, also creates missing folders on the way, and an existing folder is no failure. */
  makeFolder: procedure.input(file.extend({ parents: z.boolean() })).output(nothing),
  /** Never replaces another file. */
  rename: procedure.input(file.extend({ to: filePathSchema })).output(nothing),
  /** Removes files and whole folders. Refuses a folder in which something is mounted. */
  remove: procedure
    .input(z.object({ target: fileTargetSchema, paths: z.array(filePathSchema).min(1).max(1000) }))
    .output(nothing),
}
